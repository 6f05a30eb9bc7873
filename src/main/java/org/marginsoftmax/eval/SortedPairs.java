package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pairs by falling cosine, each counted with a weight.
 *
 * @param cosines falling, [n]
 * @param folds at least 0, [n]; null for none
 * @param genuine weight of pairs of one subject, [n]
 * @param impostor weight of pairs of two subjects, [n]
 */
record SortedPairs(float[] cosines, int[] folds, double[] genuine, double[] impostor) {
  /**
   * A fold, judged by the others.
   *
   * @param pairs number of its pairs that have a weight
   * @param threshold best for the others
   * @param accuracy share of the weight judged right
   */
  record Judged(int fold, int pairs, double threshold, double accuracy) {}

  /** Each pair counted once. */
  static SortedPairs of(ScoredPairs pairs) {
    int[] order = order(pairs.cosines());
    float[] cosines = new float[order.length];
    double[] genuine = new double[order.length];
    double[] impostor = new double[order.length];
    for (int i = 0; i < order.length; i++) {
      cosines[i] = pairs.cosines()[order[i]];
      genuine[i] = pairs.same()[order[i]] ? 1 : 0;
      impostor[i] = 1 - genuine[i];
    }
    int[] folds =
        pairs.folds() == null ? null : Arrays.stream(order).map(i -> pairs.folds()[i]).toArray();
    return new SortedPairs(cosines, folds, genuine, impostor);
  }

  /** Indices of values, from the largest to the smallest. */
  static int[] order(float[] values) {
    // By the value's bits, which rise with it, turned round; then by the index.
    long[] keys = new long[values.length];
    Arrays.setAll(keys, i -> ((long) ~rising(values[i]) << 32) | i);
    Arrays.parallelSort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  /** An integer that rises with the value, which is not NaN. */
  static int rising(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }

  /** Shares of pairs accepted down to each distinct cosine. */
  AcceptedShares curve() {
    double[] tar = new double[cosines.length];
    double[] far = new double[cosines.length];
    int levels = 0;
    double accepted = 0;
    double wrongly = 0;
    for (int i = 0; i < cosines.length; i++) {
      accepted += genuine[i];
      wrongly += impostor[i];
      if (i + 1 == cosines.length || cosines[i + 1] != cosines[i]) {
        tar[levels] = accepted;
        far[levels++] = wrongly;
      }
    }
    return AcceptedShares.of(Arrays.copyOf(tar, levels), Arrays.copyOf(far, levels));
  }

  /** The folds that have a pair of any weight, by number, each judged by all others. */
  List<Judged> judged() {
    int count = Arrays.stream(folds).max().orElse(-1) + 1;
    int[] pairs = new int[count];
    double[] ofGenuine = new double[count];
    double[] ofImpostor = new double[count];
    for (int i = 0; i < folds.length; i++) {
      if (genuine[i] + impostor[i] > 0) {
        pairs[folds[i]]++;
        ofGenuine[folds[i]] += genuine[i];
        ofImpostor[folds[i]] += impostor[i];
      }
    }
    int[] present = IntStream.range(0, count).filter(fold -> pairs[fold] > 0).toArray();
    List<Judged> found = new ArrayList<>();
    for (int fold : present) {
      double threshold = threshold(fold);
      double right = ofImpostor[fold];
      for (int i = 0; i < folds.length && cosines[i] >= threshold; i++) {
        right += folds[i] == fold ? genuine[i] - impostor[i] : 0;
      }
      double accuracy = right / (ofGenuine[fold] + ofImpostor[fold]);
      found.add(new Judged(fold, pairs[fold], threshold, Math.max(0, Math.min(1, accuracy))));
    }
    return found;
  }

  /** Mean accuracy of the folds that have pairs; NaN if these are less than two. */
  double accuracy() {
    List<Judged> found = judged();
    return found.size() < 2
        ? Double.NaN
        : found.stream().mapToDouble(Judged::accuracy).average().getAsDouble();
  }

  /** The best threshold for all folds but one: FoldAccuracy says which that is. */
  private double threshold(int without) {
    int last = -1;
    int before = -1;
    double gain = 0;
    double most = 0;
    for (int i = 0; i < folds.length; i++) {
      if (folds[i] == without || genuine[i] + impostor[i] == 0) {
        continue;
      }
      // Pairs of equal cosine are accepted together.
      if (before >= 0 && cosines[i] != cosines[before] && gain > most) {
        most = gain;
        last = before;
      }
      gain += genuine[i] - impostor[i];
      before = i;
    }
    if (gain > most) {
      return -1;
    }
    if (last < 0) {
      return Math.nextUp(highest(without));
    }
    int next = last + 1;
    while (folds[next] == without || genuine[next] + impostor[next] == 0) {
      next++;
    }
    return ((double) cosines[last] + cosines[next]) / 2;
  }

  private float highest(int without) {
    return cosines[
        IntStream.range(0, folds.length)
            .filter(i -> folds[i] != without && genuine[i] + impostor[i] > 0)
            .findFirst()
            .orElse(0)];
  }
}

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955): blocks of neighbours, each
 * with its mean, are joined for as long as one is above the next.
 */
final class IsotonicFit {
  private IsotonicFit() {}

  static ProbabilityCurve.Isotonic of(float[] cosines, boolean[] same, double[] weights) {
    long[] order =
        IntStream.range(0, cosines.length)
            .filter(i -> weights[i] > 0)
            .mapToLong(i -> ((long) SortedPairs.rising(cosines[i]) << 32) | i)
            .toArray();
    Arrays.parallelSort(order);
    double[] x = new double[order.length];
    double[] genuine = new double[order.length];
    double[] all = new double[order.length];
    int points = 0;
    for (long key : order) {
      int i = (int) key;
      if (points == 0 || x[points - 1] != cosines[i]) {
        x[points++] = cosines[i];
      }
      genuine[points - 1] += same[i] ? weights[i] : 0;
      all[points - 1] += weights[i];
    }
    // The last point of each block.
    int[] ends = new int[points];
    int blocks = 0;
    for (int i = 0; i < points; i++) {
      double sum = genuine[i];
      double weight = all[i];
      while (blocks > 0 && genuine[blocks - 1] / all[blocks - 1] >= sum / weight) {
        blocks--;
        sum += genuine[blocks];
        weight += all[blocks];
      }
      // There are never more blocks than points before them, so their sums take the same arrays.
      genuine[blocks] = sum;
      all[blocks] = weight;
      ends[blocks++] = i;
    }
    return curve(x, genuine, all, Arrays.copyOf(ends, blocks));
  }

  /** Between its first and its last point a block is constant: these two describe it. */
  private static ProbabilityCurve.Isotonic curve(
      double[] x, double[] genuine, double[] all, int[] ends) {
    double[] cosines = new double[2 * ends.length];
    double[] probabilities = new double[2 * ends.length];
    int count = 0;
    for (int k = 0; k < ends.length; k++) {
      int start = k == 0 ? 0 : ends[k - 1] + 1;
      double mean = Math.min(1, genuine[k] / all[k]);
      cosines[count] = x[start];
      probabilities[count++] = mean;
      if (ends[k] > start) {
        cosines[count] = x[ends[k]];
        probabilities[count++] = mean;
      }
    }
    return new ProbabilityCurve.Isotonic(
        Arrays.copyOf(cosines, count), Arrays.copyOf(probabilities, count));
  }
}

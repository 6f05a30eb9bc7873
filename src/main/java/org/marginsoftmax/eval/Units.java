package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What a bootstrap draws: classes, as a whole. Samples of a class are alike and every sample is in
 * many pairs, so drawing samples or pairs would promise more than is known. Of more than 200
 * classes, groups of classes are drawn, each class being in one group chosen at random.
 *
 * @param of the unit of each sample, 0..count - 1, [n]
 * @param count number of units
 * @param weights how often each unit was drawn, [replicates][count]; empty with fewer than two
 *     units
 */
record Units(int[] of, int count, int[][] weights) {
  private static final int MOST = 200;

  /** All samples in one unit, which is never drawn. */
  static Units one(int samples) {
    return new Units(new int[samples], 1, new int[0][]);
  }

  /**
   * Draws with replacement, as many units as there are.
   *
   * @param labels of the samples
   * @param replicates number of draws
   */
  static Units of(int[] labels, int replicates, long seed) {
    int[] classes = Arrays.stream(labels).distinct().sorted().toArray();
    SplittableRandom random = new SplittableRandom(seed);
    int[] unit = IntStream.range(0, classes.length).toArray();
    if (unit.length > MOST) {
      Draw.shuffle(unit, 0, unit.length, random);
    }
    int count = Math.min(MOST, classes.length);
    int[][] weights = new int[count < 2 ? 0 : replicates][count];
    for (int[] draw : weights) {
      for (int i = 0; i < count; i++) {
        draw[random.nextInt(count)]++;
      }
    }
    return new Units(
        Arrays.stream(labels).map(k -> unit[Arrays.binarySearch(classes, k)] % count).toArray(),
        count,
        weights);
  }

  /** Indices of samples, one unit after the other, in it one class after the other. */
  int[] order(int[] labels) {
    return IntStream.range(0, labels.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingInt(i -> of[i]).thenComparingInt(i -> labels[i]))
        .mapToInt(i -> i)
        .toArray();
  }

  /**
   * Replicates of the share of two sums over samples, such as a mean.
   *
   * @param numerator of each sample, [n]
   * @param denominator of each sample, [n]
   */
  Replicates ratio(double[] numerator, double[] denominator) {
    double[] above = new double[count];
    double[] below = new double[count];
    for (int i = 0; i < of.length; i++) {
      above[of[i]] += numerator[i];
      below[of[i]] += denominator[i];
    }
    double[] values = new double[weights.length];
    for (int b = 0; b < values.length; b++) {
      double a = 0;
      double c = 0;
      for (int u = 0; u < count; u++) {
        a += weights[b][u] * above[u];
        c += weights[b][u] * below[u];
      }
      values[b] = c == 0 ? Double.NaN : a / c;
    }
    return new Replicates(values, count);
  }

  /** Replicates of the mean over samples; of a NaN nothing is counted. */
  Replicates mean(double[] values) {
    return ratio(
        Arrays.stream(values).map(v -> Double.isNaN(v) ? 0 : v).toArray(),
        Arrays.stream(values).map(v -> Double.isNaN(v) ? 0 : 1).toArray());
  }
}

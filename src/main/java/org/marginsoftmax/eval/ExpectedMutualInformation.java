package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The mean mutual information of two partitions, in nats, over all pairs of partitions whose parts
 * have given sizes (Vinh, Epps and Bailey 2010, eq. 24a).
 *
 * <p>The number k of samples that a class of size a shares with a cluster of size b is
 * hypergeometric, with mean mu = a b / n. Its probabilities are taken relative to that of the mode,
 * from which they fall on both sides by ratios of small numbers, and are divided by their sum: no
 * factorial of n occurs, whose logarithm for n of a million has a rounding error of 1e-9, and so
 * would each probability. As the deviations k - mu have mean 0, the mean of k log(k / mu) is that
 * of k log(k / mu) - (k - mu), which has no negative terms that would cancel others.
 */
final class ExpectedMutualInformation {
  /** Probabilities that are smaller relative to the mode are beyond float64's digits of the sum. */
  private static final double NEGLIGIBLE = 1e-25;

  private ExpectedMutualInformation() {}

  /**
   * @param n sum of the sizes, the same for both
   */
  static double of(long[] classSizes, long[] clusterSizes, long n) {
    long[][] rows = distinct(classSizes);
    long[][] columns = distinct(clusterSizes);
    // Sums of rows are added in order, so that the result does not depend on the threads.
    double[] sums =
        IntStream.range(0, rows.length)
            .parallel()
            .mapToDouble(
                i -> {
                  double sum = 0;
                  for (long[] column : columns) {
                    sum += column[1] * meanShare(rows[i][0], column[0], n);
                  }
                  return rows[i][1] * sum;
                })
            .toArray();
    return Arrays.stream(sums).sum() / n;
  }

  /** The mean of k log(k / mu), times n what the pair adds to the mutual information. */
  private static double meanShare(double a, double b, double n) {
    double least = Math.max(0, a + b - n);
    double most = Math.min(a, b);
    double mu = a * b / n;
    double mode = Math.max(least, Math.min(most, Math.floor((a + 1) * (b + 1) / (n + 2))));
    double weights = 1;
    double sum = share(mode, mu);
    double weight = 1;
    for (double k = mode; k < most && weight > NEGLIGIBLE; k++) {
      weight *= (a - k) * (b - k) / ((k + 1) * (n - a - b + k + 1));
      weights += weight;
      sum += weight * share(k + 1, mu);
    }
    weight = 1;
    for (double k = mode; k > least && weight > NEGLIGIBLE; k--) {
      weight *= k * (n - a - b + k) / ((a - k + 1) * (b - k + 1));
      weights += weight;
      sum += weight * share(k - 1, mu);
    }
    return sum / weights;
  }

  /** At least 0. */
  private static double share(double k, double mu) {
    return k == 0 ? mu : Math.max(0, k * Math.log1p((k - mu) / mu) - (k - mu));
  }

  /** Sizes that occur, and how often: pairs of the same sizes are computed once. */
  private static long[][] distinct(long[] sizes) {
    TreeMap<Long, Long> times = new TreeMap<>();
    Arrays.stream(sizes).filter(size -> size > 0).forEach(size -> times.merge(size, 1L, Long::sum));
    return times.entrySet().stream()
        .map(entry -> new long[] {entry.getKey(), entry.getValue()})
        .toArray(long[][]::new);
  }
}

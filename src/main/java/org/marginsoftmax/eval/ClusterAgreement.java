package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;

/**
 * How well clusters agree with classes, by mutual information in nats (Vinh, Epps and Bailey 2010,
 * "Information Theoretic Measures for Clusterings Comparison", table 2, with the arithmetic mean of
 * both entropies as the upper bound).
 *
 * <p>Both are 1 exactly if classes and clusters are the same partition, also if it is a single
 * class; both are 0 if only one of the two has a single part.
 *
 * @param nmi normalised mutual information, MI / mean entropy, 0..1. It grows with the number of
 *     clusters even if they are drawn at random
 * @param ami adjusted mutual information, (MI - E) / (mean entropy - E), where E is the mean of MI
 *     over all clusterings with clusters and classes of the same sizes. At most 1; about 0 for
 *     random clusters, and below if they agree less than those
 */
public record ClusterAgreement(double nmi, double ami) {
  /**
   * Of classes and clusters of samples.
   *
   * @param classes [n], of each sample, at least 0
   * @param clusters [n], of each sample, at least 0
   * @return empty if there are no samples
   * @throws org.marginsoftmax.InvalidInputException if lengths differ or a number is negative
   */
  public static Optional<ClusterAgreement> of(int[] classes, int[] clusters) {
    return of(Contingency.of(classes, clusters));
  }

  /**
   * Of a table; for weights of classes see {@link Contingency#weighted}.
   *
   * @return empty if there are no samples
   */
  public static Optional<ClusterAgreement> of(Contingency table) {
    long n = table.samples();
    if (n == 0) {
      return Optional.empty();
    }
    long[] classSizes = sums(table.classes(), table.counts());
    long[] clusterSizes = sums(table.clusters(), table.counts());
    long parts = table.counts().length;
    if (parts == count(classSizes) && parts == count(clusterSizes)) {
      // One cell in each row and column. With as many classes as samples MI cannot be anything
      // else: the differences below would be 0 / 0.
      return Optional.of(new ClusterAgreement(1, 1));
    }
    double information = 0;
    for (int k = 0; k < table.counts().length; k++) {
      double count = table.counts()[k];
      double expected =
          (double) classSizes[table.classes()[k]] * clusterSizes[table.clusters()[k]] / n;
      information += count / n * Math.log(count / expected);
    }
    // MI is never negative; rounding is.
    information = Math.max(0, information);
    double entropy = (entropy(classSizes, n) + entropy(clusterSizes, n)) / 2;
    double chance = ExpectedMutualInformation.of(classSizes, clusterSizes, n);
    return Optional.of(
        new ClusterAgreement(
            Math.min(1, information / entropy),
            Math.min(1, (information - chance) / (entropy - chance))));
  }

  private static long[] sums(int[] groups, int[] counts) {
    long[] sums = new long[Arrays.stream(groups).max().orElse(-1) + 1];
    for (int k = 0; k < groups.length; k++) {
      sums[groups[k]] += counts[k];
    }
    return sums;
  }

  private static long count(long[] sizes) {
    return Arrays.stream(sizes).filter(size -> size > 0).count();
  }

  private static double entropy(long[] sizes, double n) {
    return Arrays.stream(sizes)
        .filter(size -> size > 0)
        .mapToDouble(size -> -size / n * Math.log(size / n))
        .sum();
  }
}

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Embeddings clustered without their labels, to be compared with these: as many clusters as there
 * are classes, by {@link SphericalKMeans}. Its time grows with the product of samples and classes,
 * so many samples are drawn from: whole classes first, for a class of one or two samples says
 * little about clusters.
 *
 * @param samples indices of the embeddings drawn, ascending
 * @param classes number of different labels among them, and of clusters
 * @param assignments cluster of each of these embeddings
 */
record Clustering(int[] samples, int classes, int[] assignments) {
  /** Samples for each class: more classes are not taken. */
  static final int OF_EACH = 20;

  private static final int ITERATIONS = 50;

  /**
   * Draws and clusters.
   *
   * @param most largest number of samples to cluster
   * @return empty where clusters would say nothing: a single class is one cluster, and samples that
   *     are all alone in their classes are as many clusters
   */
  static Optional<Clustering> of(Embeddings test, int most, long seed) {
    int[] samples = drawn(test.labels(), most, seed);
    Embeddings some = test.at(samples);
    int classes = (int) Arrays.stream(some.labels()).distinct().count();
    if (some.zeros() == some.size() || classes == 1 || classes == some.size()) {
      return Optional.empty();
    }
    return Optional.of(
        new Clustering(
            samples,
            classes,
            new SphericalKMeans(classes, 1, ITERATIONS, seed).of(some.vectors()).assignments()));
  }

  /** Adds the figures of clusters, and the silhouette of the classes as they are. */
  static void add(MetricList metrics, Embeddings test, Protocol protocol) {
    metrics.mean(
        Figure.SILHOUETTE,
        test.zeros() < test.size() ? new Silhouette(test).widths() : Optional.empty(),
        "mean silhouette of "
            + test.described()
            + " by cosine distance 1 - cos, -1..1 (Rousseeuw 1987)");
    if (protocol.clusterSamples() == 0) {
      return;
    }
    Optional<Clustering> found = of(test, protocol.clusterSamples(), protocol.seed());
    Optional<ClusterAgreement> agreement = found.flatMap(c -> c.agreement(test.labels()));
    String how =
        found
            .map(c -> c.described(test, protocol.seed()))
            .map(
                what ->
                    what
                        + "; no interval, for clusters without some of their classes agree better than they would")
            .orElse("");
    metrics.add(
        Figure.NMI,
        agreement.map(a -> OptionalDouble.of(a.nmi())).orElse(OptionalDouble.empty()),
        Replicates.NONE,
        "normalised mutual information (mutual information / mean of both entropies) of " + how);
    metrics.add(
        Figure.AMI,
        agreement.map(a -> OptionalDouble.of(a.ami())).orElse(OptionalDouble.empty()),
        Replicates.NONE,
        "adjusted mutual information (0 for clusters at random; Vinh 2010) of " + how);
  }

  Optional<ClusterAgreement> agreement(int[] labels) {
    return ClusterAgreement.of(Arrays.stream(samples).map(i -> labels[i]).toArray(), assignments);
  }

  private String described(Embeddings test, long seed) {
    return "%d classes and as many clusters by spherical k-means (seed %d) of %s"
        .formatted(
            classes,
            seed,
            samples.length == test.size()
                ? test.described()
                : "%d of %s (drawn)".formatted(samples.length, test.described()));
  }

  /** Indices of at most so many samples, balanced over classes that are few enough for them. */
  private static int[] drawn(int[] labels, int most, long seed) {
    int[] classes = Arrays.stream(labels).distinct().sorted().toArray();
    int kept = most / OF_EACH;
    if (classes.length <= kept) {
      return Draw.balanced(labels, most, seed);
    }
    int[] of = Draw.ofClasses(labels, classes, kept, seed);
    return Arrays.stream(Draw.balanced(Arrays.stream(of).map(i -> labels[i]).toArray(), most, seed))
        .map(i -> of[i])
        .toArray();
  }
}

package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleSupplier;

/**
 * The metrics of a set of test embeddings. A metric that is undefined, such as TAR when no class
 * has two samples, has no value, and its definition says what it needs.
 *
 * @param metrics in the order of {@link Figure}
 */
public record Evaluation(List<Metric> metrics) {

  /**
   * Evaluates test embeddings of the trained classes, with one center per class. Labels are only
   * compared with, never fed to the network.
   *
   * @param test embeddings of test samples
   * @param gallery embeddings of training samples
   * @param centers of the classes, [C][d]
   */
  public static Evaluation of(
      Embeddings test, Embeddings gallery, float[][] centers, Protocol protocol) {
    return of(test, gallery, ClassCenters.of(centers, 1), protocol, Progress.NONE);
  }

  /**
   * Evaluates test embeddings of the trained classes, with one or several centers per class.
   * Accuracy goes by the nearest of all centers, as in the trained network; metrics that need one
   * center per class use the dominant one.
   *
   * @param test embeddings of test samples
   * @param gallery embeddings of training samples
   * @param centers of the classes
   * @param progress told about long stages
   */
  public static Evaluation of(
      Embeddings test,
      Embeddings gallery,
      ClassCenters centers,
      Protocol protocol,
      Progress progress) {
    DominantCenters dominant = DominantCenters.of(gallery, centers);
    return of(
        test,
        gallery,
        centers,
        dominant,
        AgainstCenters.of(test, centers, dominant, progress),
        protocol,
        progress);
  }

  /**
   * Evaluates test embeddings that were compared with the class centers.
   *
   * @param against that comparison
   */
  public static Evaluation of(
      Embeddings test,
      Embeddings gallery,
      ClassCenters centers,
      DominantCenters dominant,
      AgainstCenters against,
      Protocol protocol,
      Progress progress) {
    List<Metric> metrics = new ArrayList<>();
    String n = samples(test);
    boolean judged = directed(test) && dominant.anyDirected(centers);
    add(
        metrics,
        Figure.ACCURACY,
        when(judged, () -> Classification.agreement(test, against.predicted())),
        "share of "
            + n
            + " whose largest cosine to a class centre is that to their own class; no label fed in");
    Embeddings drawn =
        gallery.at(Draw.balanced(gallery.labels(), protocol.gallerySamples(), protocol.seed()));
    add(
        metrics,
        Figure.ONE_NN_ACCURACY,
        when(
            directed(test) && directed(drawn),
            () -> Classification.nearestNeighbor(test, drawn, progress)),
        "share of %s whose nearest neighbour by cosine among %d training samples (balanced draw, seed %d) has their label"
            .formatted(n, drawn.size(), protocol.seed()));
    Embeddings own = test.renumbered();
    within(metrics, own);
    add(
        metrics,
        Figure.MEAN_ANGLE_TO_OWN_CENTER,
        when(judged, () -> mean(against.ownAngles())),
        "degrees, mean over " + n + " of the angle to the trained centre of their class");
    int classes = centers.classes();
    Optional<Compactness.Separation> separation =
        Compactness.separationOf(
            centers.rows(
                Arrays.stream(Compactness.compared(classes))
                    .map(j -> dominant.rows()[j])
                    .toArray()));
    String pairs =
        "degrees, over all pairs of "
            + (classes > Compactness.MOST_CENTERS
                ? Compactness.MOST_CENTERS + " drawn ones of "
                : "")
            + classes
            + " class centres";
    add(
        metrics,
        Figure.SMALLEST_ANGLE_BETWEEN_CENTERS,
        value(separation.map(Compactness.Separation::smallest)),
        pairs + ": the smallest");
    add(
        metrics,
        Figure.MEAN_ANGLE_BETWEEN_CENTERS,
        value(separation.map(Compactness.Separation::mean)),
        pairs + ": the mean");
    apart(metrics, own, protocol, progress);
    return new Evaluation(List.copyOf(metrics));
  }

  /**
   * Evaluates embeddings of classes that were not trained on and so have no centers, by the metrics
   * that need none, such as verification and retrieval.
   */
  public static Evaluation ofUnknownClasses(Embeddings test, Protocol protocol) {
    return ofUnknownClasses(test, protocol, Progress.NONE);
  }

  /**
   * Evaluates embeddings of classes that were not trained on and so have no centers, and reports
   * progress.
   *
   * @param progress told about long stages
   */
  public static Evaluation ofUnknownClasses(Embeddings test, Protocol protocol, Progress progress) {
    List<Metric> metrics = new ArrayList<>();
    Embeddings own = test.renumbered();
    within(metrics, own);
    apart(metrics, own, protocol, progress);
    return new Evaluation(List.copyOf(metrics));
  }

  private static void within(List<Metric> metrics, Embeddings test) {
    float[] angles = Compactness.anglesToClassMean(test);
    int[] counts = new int[Arrays.stream(test.labels()).max().orElse(0) + 1];
    Arrays.stream(test.labels()).forEach(label -> counts[label]++);
    double sum = 0;
    int n = 0;
    for (int i = 0; i < angles.length; i++) {
      // The only sample of a class is its mean.
      if (counts[test.labels()[i]] > 1 && !Float.isNaN(angles[i])) {
        sum += angles[i];
        n++;
      }
    }
    add(
        metrics,
        Figure.MEAN_ANGLE_WITHIN_CLASS,
        n == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / n),
        "degrees, mean over "
            + (n == test.size() ? samples(test) : n + " of " + samples(test))
            + " of the angle to the mean direction of their class's test features");
  }

  private static void apart(
      List<Metric> metrics, Embeddings test, Protocol protocol, Progress progress) {
    add(
        metrics,
        Figure.SMALLEST_ANGLE_BETWEEN_CLASS_MEANS,
        value(
            Compactness.separation(Compactness.classMeans(test))
                .map(Compactness.Separation::smallest)),
        "degrees, over all pairs of classes: the smallest between the mean directions of their test features");
    add(
        metrics,
        Figure.SILHOUETTE,
        directed(test) ? Compactness.silhouette(test) : OptionalDouble.empty(),
        "mean silhouette of "
            + samples(test)
            + " by cosine distance 1 - cos, -1..1 (Rousseeuw 1987)");
    pairs(metrics, test, protocol, progress);
    add(
        metrics,
        Figure.VARIANCE_EXPLAINED_3,
        Pca.fit(test.vectors(), Math.min(3, test.dimension())).share(),
        "share of the variance of the l2-normalised features of "
            + samples(test)
            + " along their first three principal components");
  }

  private static String samples(Embeddings test) {
    int zeros = test.zeros();
    return test.size()
        + " test samples"
        + (zeros == 0 ? "" : " (" + zeros + " zero vectors, at 90 degrees to everything)");
  }

  /**
   * The value of the metric with this name; empty if it is undefined or not part of this
   * evaluation.
   */
  public OptionalDouble value(String name) {
    return metrics.stream()
        .filter(m -> m.name().equals(name))
        .map(Metric::value)
        .findAny()
        .orElse(OptionalDouble.empty());
  }

  private static void pairs(
      List<Metric> metrics, Embeddings test, Protocol protocol, Progress progress) {
    Embeddings drawn =
        test.at(Draw.balanced(test.labels(), protocol.pairSamples(), protocol.seed()));
    String draw =
        "%d test samples (balanced draw, seed %d)".formatted(drawn.size(), protocol.seed());
    Optional<Verification> verification =
        directed(drawn) ? Verification.ofAllPairs(drawn, progress) : Optional.empty();
    tar(metrics, Figure.TAR_AT_FAR_1E_2, "1e-2", verification, draw);
    tar(metrics, Figure.TAR_AT_FAR_1E_3, "1e-3", verification, draw);
    tar(metrics, Figure.TAR_AT_FAR_1E_4, "1e-4", verification, draw);
    add(
        metrics,
        Figure.EQUAL_ERROR_RATE,
        value(verification.map(Verification::equalErrorRate)),
        "share of %d genuine pairs rejected where as large a share of %d impostor pairs is accepted, by cosine, all pairs of %s"
            .formatted(
                verification.map(v -> v.genuine().length).orElse(0),
                verification.map(v -> v.impostor().length).orElse(0),
                draw));
    Optional<Retrieval> retrieval =
        directed(drawn) ? Retrieval.leaveOneOut(drawn, progress) : Optional.empty();
    String queries =
        "%d queries, each among the others of %s"
            .formatted(retrieval.map(Retrieval::queries).orElse(0), draw);
    add(
        metrics,
        Figure.RECALL_AT_1,
        value(retrieval.map(Retrieval::recallAt1)),
        "share of " + queries + ", whose nearest by cosine has their label");
    add(
        metrics,
        Figure.MAP_AT_R,
        value(retrieval.map(Retrieval::mapAtR)),
        "mean average precision at R (Musgrave 2020) of " + queries);
  }

  private static void tar(
      List<Metric> metrics,
      Figure figure,
      String far,
      Optional<Verification> verification,
      String draw) {
    add(
        metrics,
        figure,
        value(
            verification
                .filter(v -> v.shows(Double.parseDouble(far)))
                .map(v -> v.atFar(Double.parseDouble(far)).tar())),
        "largest share of %d genuine pairs accepted while at most %s of %d impostor pairs are, by cosine, all pairs of %s"
            .formatted(
                verification.map(v -> v.genuine().length).orElse(0),
                far,
                verification.map(v -> v.impostor().length).orElse(0),
                draw));
  }

  /** Whether any embedding is not zero: a network that outputs only zeros has no metrics. */
  private static boolean directed(Embeddings embeddings) {
    return embeddings.zeros() < embeddings.size();
  }

  private static OptionalDouble when(boolean defined, DoubleSupplier value) {
    return defined ? OptionalDouble.of(value.getAsDouble()) : OptionalDouble.empty();
  }

  private static OptionalDouble value(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  private static void add(
      List<Metric> metrics, Figure figure, OptionalDouble value, String definition) {
    metrics.add(
        new Metric(
            figure, value, value.isPresent() ? definition : "undefined: needs " + figure.needs()));
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}

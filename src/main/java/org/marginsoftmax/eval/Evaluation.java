package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * All figures of a set of test embeddings. A figure that cannot be computed, TAR without two
 * samples of a class for example, is left out.
 *
 * @param metrics in a fixed order
 */
public record Evaluation(List<Metric> metrics) {

  /**
   * Judges test embeddings; their labels are compared with and never fed in.
   *
   * @param test embeddings
   * @param gallery embeddings of training samples
   * @param centers of the classes, [C][d]
   */
  public static Evaluation of(
      Embeddings test, Embeddings gallery, float[][] centers, Protocol protocol) {
    List<Metric> metrics = new ArrayList<>();
    String n = samples(test);
    add(
        metrics,
        "accuracy",
        Classification.accuracy(test, centers),
        "share of "
            + n
            + " whose largest cosine to a class centre is that to their own class; no label fed in");
    Embeddings drawn =
        gallery.at(Draw.balanced(gallery.labels(), protocol.gallerySamples(), protocol.seed()));
    add(
        metrics,
        "one_nn_accuracy",
        Classification.nearestNeighbor(test, drawn),
        "share of %s whose nearest neighbour by cosine among %d training samples (balanced draw, seed %d) has their label"
            .formatted(n, drawn.size(), protocol.seed()));
    within(metrics, test);
    add(
        metrics,
        "mean_angle_to_own_center",
        mean(Compactness.anglesToOwnCenter(test, centers)),
        "degrees, mean over " + n + " of the angle to the trained centre of their class");
    Compactness.Separation separation = Compactness.separation(centers);
    String pairs = "degrees, over all pairs of " + centers.length + " class centres";
    add(metrics, "smallest_angle_between_centers", separation.smallest(), pairs + ": the smallest");
    add(metrics, "mean_angle_between_centers", separation.mean(), pairs + ": the mean");
    apart(metrics, test, protocol);
    return new Evaluation(List.copyOf(metrics));
  }

  /**
   * Judges embeddings of classes that were never trained, for which there are no centres: what they
   * are worth for verification and retrieval.
   */
  public static Evaluation ofUnknownClasses(Embeddings test, Protocol protocol) {
    List<Metric> metrics = new ArrayList<>();
    within(metrics, test);
    apart(metrics, test, protocol);
    return new Evaluation(List.copyOf(metrics));
  }

  private static void within(List<Metric> metrics, Embeddings test) {
    add(
        metrics,
        "mean_angle_within_class",
        mean(Compactness.anglesToClassMean(test)),
        "degrees, mean over "
            + samples(test)
            + " of the angle to the mean direction of their class's test features");
  }

  private static void apart(List<Metric> metrics, Embeddings test, Protocol protocol) {
    float[][] means = Compactness.classMeans(test);
    if (means.length > 1) {
      add(
          metrics,
          "smallest_angle_between_class_means",
          Compactness.separation(means).smallest(),
          "degrees, over all pairs of classes: the smallest between the mean directions of their test features");
    }
    OptionalDouble silhouette = Compactness.silhouette(test);
    silhouette.ifPresent(
        value ->
            add(
                metrics,
                "silhouette",
                value,
                "mean silhouette of "
                    + samples(test)
                    + " by cosine distance 1 - cos, -1..1 (Rousseeuw 1987)"));
    pairs(metrics, test, protocol);
    int components = Math.min(3, test.dimension());
    double explained = Arrays.stream(Pca.fit(test.vectors(), components).explained()).sum();
    add(
        metrics,
        "variance_explained_3",
        explained,
        "share of the variance of the l2-normalised features of "
            + samples(test)
            + " along their first three principal components");
  }

  private static String samples(Embeddings test) {
    return test.size() + " test samples";
  }

  /** The figure of that name, if it could be computed. */
  public OptionalDouble value(String name) {
    return metrics.stream().filter(m -> m.name().equals(name)).mapToDouble(Metric::value).findAny();
  }

  private static void pairs(List<Metric> metrics, Embeddings test, Protocol protocol) {
    Embeddings drawn =
        test.at(Draw.balanced(test.labels(), protocol.pairSamples(), protocol.seed()));
    String draw =
        "%d test samples (balanced draw, seed %d)".formatted(drawn.size(), protocol.seed());
    Optional<Verification> verification = Verification.ofAllPairs(drawn);
    if (verification.isPresent()) {
      Verification v = verification.get();
      for (String far : List.of("1e-2", "1e-3", "1e-4")) {
        add(
            metrics,
            "tar_at_far_" + far,
            v.atFar(Double.parseDouble(far)).tar(),
            "largest share of %d genuine pairs accepted while at most %s of %d impostor pairs are, by cosine, all pairs of %s"
                .formatted(v.genuine().length, far, v.impostor().length, draw));
      }
    }
    Optional<Retrieval> retrieval = Retrieval.leaveOneOut(drawn);
    if (retrieval.isPresent()) {
      Retrieval r = retrieval.get();
      String queries = "%d queries, each among the others of %s".formatted(r.queries(), draw);
      add(
          metrics,
          "recall_at_1",
          r.recallAt1(),
          "share of " + queries + ", whose nearest by cosine has their label");
      add(
          metrics,
          "map_at_r",
          r.mapAtR(),
          "mean average precision at R (Musgrave 2020) of " + queries);
    }
  }

  private static void add(List<Metric> metrics, String name, double value, String definition) {
    metrics.add(new Metric(name, value, definition));
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}

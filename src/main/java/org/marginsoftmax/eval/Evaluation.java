package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The metrics of a set of test embeddings. A metric that is undefined, such as TAR when no class
 * has two samples, has no value, and its definition says what it needs. Intervals are those of
 * {@link Replicates#interval}, by a bootstrap over classes: they say how a figure would vary with
 * other classes of the same kind.
 *
 * @param metrics in the order of {@link Figure}
 * @param scores of the pairs that verification is measured on; empty if there are none, or if only
 *     the metrics are known
 */
public record Evaluation(List<Metric> metrics, Optional<PairScores> scores) {
  /** Of metrics alone, as they are read from a file. */
  public Evaluation(List<Metric> metrics) {
    this(metrics, Optional.empty());
  }

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
    return of(metrics(test, gallery, centers, dominant, against, protocol, progress));
  }

  static Evaluation of(MetricList metrics) {
    return new Evaluation(metrics.all(), metrics.scores());
  }

  static MetricList metrics(
      Embeddings test,
      Embeddings gallery,
      ClassCenters centers,
      DominantCenters dominant,
      AgainstCenters against,
      Protocol protocol,
      Progress progress) {
    MetricList metrics = new MetricList(test.labels(), protocol);
    boolean judged = judged(test, centers, dominant);
    closedSet(metrics, test, against, judged);
    topFive(metrics, test, against, judged && centers.classes() > ClassCenters.NEAREST);
    nearestNeighbor(metrics, test, gallery, protocol, progress);
    Embeddings own = test.renumbered();
    within(metrics, own);
    centers(metrics, test, centers, dominant, against);
    apart(metrics, own);
    Clustering.add(metrics, own, protocol);
    metrics.keep(pairs(metrics, own, protocol, progress));
    return metrics;
  }

  private static boolean judged(Embeddings test, ClassCenters centers, DominantCenters dominant) {
    return directed(test) && dominant.anyDirected(centers);
  }

  private static void closedSet(
      MetricList metrics, Embeddings test, AgainstCenters against, boolean judged) {
    String n = test.described();
    int[] labels = test.labels();
    double[] right = right(against.predicted(), labels);
    metrics.mean(
        Figure.ACCURACY,
        judged ? Optional.of(right) : Optional.empty(),
        "share of "
            + n
            + " whose largest cosine to a class centre is that to their own class; no label fed in");
    int[] counts = test.counts();
    double[] weights = Arrays.stream(labels).mapToDouble(label -> 1.0 / counts[label]).toArray();
    double[] weighted = right.clone();
    Arrays.setAll(weighted, i -> right[i] * weights[i]);
    metrics.ratio(
        Figure.MEAN_CLASS_ACCURACY,
        judged ? Optional.of(weighted) : Optional.empty(),
        weights,
        "mean over "
            + Arrays.stream(counts).filter(c -> c > 0).count()
            + " classes with test samples of the share of these whose largest cosine to a class centre is that to their own class");
  }

  /** Of fewer classes than six, all would be among the nearest five. */
  private static void topFive(
      MetricList metrics, Embeddings test, AgainstCenters against, boolean judged) {
    double[] found = new double[test.size()];
    Arrays.setAll(found, i -> against.amongFive()[i] ? 1 : 0);
    metrics.mean(
        Figure.TOP_5_ACCURACY,
        judged ? Optional.of(found) : Optional.empty(),
        "share of "
            + test.described()
            + " whose own class centre is among the five with the largest cosines; no label fed in");
  }

  private static void nearestNeighbor(
      MetricList metrics,
      Embeddings test,
      Embeddings gallery,
      Protocol protocol,
      Progress progress) {
    Embeddings drawn =
        gallery.at(Draw.balanced(gallery.labels(), protocol.gallerySamples(), protocol.seed()));
    metrics.mean(
        Figure.ONE_NN_ACCURACY,
        directed(test) && directed(drawn)
            ? Optional.of(right(Classification.nearestLabels(test, drawn, progress), test.labels()))
            : Optional.empty(),
        "share of %s whose nearest neighbour by cosine among %d training samples (balanced draw, seed %d) has their label"
            .formatted(test.described(), drawn.size(), protocol.seed()));
  }

  private static double[] right(int[] predicted, int[] labels) {
    double[] right = new double[labels.length];
    Arrays.setAll(right, i -> predicted[i] == labels[i] ? 1 : 0);
    return right;
  }

  private static void centers(
      MetricList metrics,
      Embeddings test,
      ClassCenters centers,
      DominantCenters dominant,
      AgainstCenters against) {
    metrics.mean(
        Figure.MEAN_ANGLE_TO_OWN_CENTER,
        judged(test, centers, dominant)
            ? Optional.of(Vectors.toDouble(against.ownAngles()))
            : Optional.empty(),
        "degrees, mean over "
            + test.described()
            + " of the angle to the trained centre of their class");
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
    String noInterval = "; no interval, for it is of the centres alone, not of samples";
    metrics.add(
        Figure.SMALLEST_ANGLE_BETWEEN_CENTERS,
        value(separation.map(Compactness.Separation::smallest)),
        Replicates.NONE,
        pairs + ": the smallest" + noInterval);
    metrics.add(
        Figure.MEAN_ANGLE_BETWEEN_CENTERS,
        value(separation.map(Compactness.Separation::mean)),
        Replicates.NONE,
        pairs + ": the mean" + noInterval);
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
    return of(metricsOfUnknownClasses(test, protocol, progress));
  }

  static MetricList metricsOfUnknownClasses(Embeddings test, Protocol protocol, Progress progress) {
    MetricList metrics = new MetricList(test.labels(), protocol);
    Embeddings own = test.renumbered();
    within(metrics, own);
    apart(metrics, own);
    Clustering.add(metrics, own, protocol);
    metrics.keep(pairs(metrics, own, protocol, progress));
    return metrics;
  }

  private static void within(MetricList metrics, Embeddings test) {
    double[] angles = Vectors.toDouble(Compactness.anglesWithinClass(test));
    int n = (int) Arrays.stream(angles).filter(angle -> !Double.isNaN(angle)).count();
    metrics.mean(
        Figure.MEAN_ANGLE_WITHIN_CLASS,
        n == 0 ? Optional.empty() : Optional.of(angles),
        "degrees, mean over "
            + (n == test.size() ? test.described() : n + " of " + test.described())
            + " of the angle to the mean direction of their class's test features");
  }

  private static void apart(MetricList metrics, Embeddings test) {
    metrics.add(
        Figure.SMALLEST_ANGLE_BETWEEN_CLASS_MEANS,
        value(
            Compactness.separation(Compactness.classMeans(test))
                .map(Compactness.Separation::smallest)),
        Replicates.NONE,
        "degrees, over all pairs of classes: the smallest between the mean directions of their test features; no interval, for a bootstrap says nothing of a smallest value");
    Pca pca = Pca.fit(test.vectors(), Math.min(3, test.dimension()));
    double[] along = new double[test.size()];
    double[] all = new double[test.size()];
    float[][] projected = pca.project(test.vectors());
    for (int i = 0; i < all.length; i++) {
      along[i] = square(projected[i]);
      for (int k = 0; k < test.dimension(); k++) {
        all[i] += Math.pow(test.vectors()[i][k] - pca.mean()[k], 2);
      }
    }
    // To first order the components of a replicate explain what these explain of it.
    metrics.add(
        Figure.VARIANCE_EXPLAINED_3,
        pca.share(),
        metrics.units().ratio(along, all),
        "share of the variance of the l2-normalised features of "
            + test.described()
            + " along their first three principal components");
  }

  private static double square(float[] row) {
    return Vectors.dot64(row, row);
  }

  private static Optional<PairScores> pairs(
      MetricList metrics, Embeddings test, Protocol protocol, Progress progress) {
    boolean all = test.size() <= protocol.pairSamples();
    Embeddings drawn =
        all ? test : test.at(Draw.balanced(test.labels(), protocol.pairSamples(), protocol.seed()));
    String samples =
        all
            ? test.size() + " test samples"
            : "%d of %d test samples (balanced draw, seed %d)"
                .formatted(drawn.size(), test.size(), protocol.seed());
    MetricList some = all ? metrics : metrics.ofSamples(drawn.labels());
    Optional<AllPairs> pairs =
        directed(drawn)
            ? Optional.of(AllPairs.of(drawn, some.units(), progress))
            : Optional.empty();
    VerificationFigures.OF_ALL_PAIRS.add(
        some,
        pairs.flatMap(AllPairs::verification),
        pairs.flatMap(AllPairs::curve),
        "all pairs of " + samples);
    RetrievalFigures.OF_SAMPLES.add(
        some,
        pairs.flatMap(AllPairs::retrieval),
        pairs.map(AllPairs::distractors),
        "each among the others of " + samples + " by cosine");
    return pairs.flatMap(p -> p.verification().map(v -> PairScores.of(v, p.curve())));
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

  /** Whether any embedding is not zero: a network that outputs only zeros has no metrics. */
  private static boolean directed(Embeddings embeddings) {
    return embeddings.zeros() < embeddings.size();
  }

  private static OptionalDouble value(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }
}

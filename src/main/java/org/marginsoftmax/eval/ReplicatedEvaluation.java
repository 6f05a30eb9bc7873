package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An evaluation with the replicates that its intervals are from, so that it can be compared with
 * others of the same samples.
 *
 * @param evaluation the metrics
 * @param replicates of each figure, {@link Replicates#NONE} for those that have none
 */
public record ReplicatedEvaluation(Evaluation evaluation, Map<Figure, Replicates> replicates) {
  /** Copies the map. */
  public ReplicatedEvaluation {
    replicates = Map.copyOf(replicates);
  }

  private static ReplicatedEvaluation of(MetricList metrics) {
    return new ReplicatedEvaluation(Evaluation.of(metrics), metrics.replicates());
  }

  /**
   * As {@link Evaluation#of(Embeddings, Embeddings, ClassCenters, DominantCenters, AgainstCenters,
   * Protocol, Progress)}.
   */
  public static ReplicatedEvaluation of(
      Embeddings test,
      Embeddings gallery,
      ClassCenters centers,
      DominantCenters dominant,
      AgainstCenters against,
      Protocol protocol,
      Progress progress) {
    return of(Evaluation.metrics(test, gallery, centers, dominant, against, protocol, progress));
  }

  /** As {@link Evaluation#ofUnknownClasses(Embeddings, Protocol, Progress)}. */
  public static ReplicatedEvaluation ofUnknownClasses(
      Embeddings test, Protocol protocol, Progress progress) {
    return of(Evaluation.metricsOfUnknownClasses(test, protocol, progress));
  }

  /**
   * The differences to a baseline, of each figure that either has.
   *
   * @param baseline of the same samples, in the same order, with the same labels and protocol
   */
  public List<Difference> minus(ReplicatedEvaluation baseline) {
    return Arrays.stream(Figure.values())
        .filter(f -> replicates.containsKey(f) || baseline.replicates.containsKey(f))
        .map(
            f ->
                Difference.of(
                    f,
                    evaluation.value(f.key()),
                    replicates(f),
                    baseline.evaluation.value(f.key()),
                    baseline.replicates(f)))
        .toList();
  }

  private Replicates replicates(Figure figure) {
    return replicates.getOrDefault(figure, Replicates.NONE);
  }
}

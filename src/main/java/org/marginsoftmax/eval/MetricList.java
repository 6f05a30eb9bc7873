package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The metrics of an evaluation as they are computed. */
final class MetricList {
  private final List<Metric> metrics;
  private final Map<Figure, Replicates> replicates;
  private final Protocol protocol;
  private final Units units;
  private Optional<PairScores> scores = Optional.empty();

  /**
   * @param labels of the samples that per-sample values belong to
   */
  MetricList(int[] labels, Protocol protocol) {
    this(new ArrayList<>(), new EnumMap<>(Figure.class), labels, protocol);
  }

  private MetricList(
      List<Metric> metrics, Map<Figure, Replicates> replicates, int[] labels, Protocol protocol) {
    this.metrics = metrics;
    this.replicates = replicates;
    this.protocol = protocol;
    units = Units.of(labels, protocol.replicates(), protocol.seed());
  }

  /** The same list, to which metrics of other samples are added. */
  MetricList ofSamples(int[] labels) {
    return new MetricList(metrics, replicates, labels, protocol);
  }

  Units units() {
    return units;
  }

  /** Keeps what is told of pairs beside the metrics. */
  void keep(Optional<PairScores> scores) {
    this.scores = scores;
  }

  Optional<PairScores> scores() {
    return scores;
  }

  List<Metric> all() {
    return List.copyOf(metrics);
  }

  /** Of each figure that was added, {@link Replicates#NONE} where it has none. */
  Map<Figure, Replicates> replicates() {
    return replicates;
  }

  /**
   * Adds a mean over samples.
   *
   * @param values of each sample, NaN for those that do not count; empty if the metric is undefined
   */
  void mean(Figure figure, Optional<double[]> values, String definition) {
    add(
        figure,
        values.map(v -> OptionalDouble.of(Retrieval.mean(v))).orElse(OptionalDouble.empty()),
        values.map(units::mean).orElse(Replicates.NONE),
        definition);
  }

  /**
   * Adds the ratio of two sums over samples.
   *
   * @param above of each sample; empty if the metric is undefined
   * @param below of each sample
   */
  void ratio(Figure figure, Optional<double[]> above, double[] below, String definition) {
    add(
        figure,
        above
            .map(
                a ->
                    OptionalDouble.of(
                        Math.min(1, Arrays.stream(a).sum() / Arrays.stream(below).sum())))
            .orElse(OptionalDouble.empty()),
        above.map(a -> units.ratio(a, below)).orElse(Replicates.NONE),
        definition);
  }

  /** Adds the true accept rate of an operating point. */
  void at(
      Figure figure, Optional<Verification.Point> point, Replicates replicates, String definition) {
    add(
        figure,
        point.map(p -> OptionalDouble.of(p.tar())).orElse(OptionalDouble.empty()),
        point.map(p -> OptionalDouble.of(p.threshold())).orElse(OptionalDouble.empty()),
        replicates,
        definition);
  }

  void add(Figure figure, OptionalDouble value, Replicates replicates, String definition) {
    add(figure, value, OptionalDouble.empty(), replicates, definition);
  }

  /** Adds a figure with the threshold that it is of. */
  void add(
      Figure figure,
      OptionalDouble value,
      OptionalDouble threshold,
      Replicates replicates,
      String definition) {
    boolean defined = value.isPresent();
    this.replicates.put(figure, replicates);
    metrics.add(
        new Metric(
            figure,
            value,
            threshold,
            defined ? replicates.interval() : Optional.empty(),
            defined ? definition : "undefined: needs " + figure.needs()));
  }
}

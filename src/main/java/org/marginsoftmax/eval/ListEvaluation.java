package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Verification by a list of pairs: the figures of all pairs, and of groups of them.
 *
 * @param all figures of all pairs
 * @param groupings one for each way to group the pairs, in their order
 */
public record ListEvaluation(Figures all, List<Grouping> groupings) {
  /** Folds where a list has none, as those of LFW and insightface. */
  public static final int FOLDS = 10;

  /**
   * Figures of some pairs.
   *
   * @param genuine number of pairs of one subject
   * @param impostor number of pairs of two subjects
   * @param evaluation the metrics; those that the pairs are too few for are undefined
   * @param folds empty if there are none to judge by each other
   */
  public record Figures(
      int genuine, int impostor, Evaluation evaluation, Optional<FoldAccuracy> folds) {}

  /**
   * The pairs by what a column says of them.
   *
   * @param column its name
   * @param groups by the value of the column, sorted
   * @param gaps of the figures that at least two groups have
   */
  public record Grouping(String column, Map<String, Figures> groups, List<Gap> gaps) {}

  /**
   * How far the groups of pairs are apart.
   *
   * @param figure of which
   * @param best group with the best value; of equal ones the first
   * @param worst group with the worst value; of equal ones the first
   * @param difference of their values, at least 0
   * @param interval of 95 % of the difference of these two groups; empty if there is none
   */
  public record Gap(
      Figure figure, String best, String worst, double difference, Optional<Interval> interval) {}

  /**
   * Evaluates the pairs of a list. Intervals are from a bootstrap over subjects, the same draws for
   * all groups.
   *
   * @param pairs without folds, ten consecutive parts are these, of all pairs and of each group
   * @param groups for each way to group the pairs, by name, the group of each pair
   */
  public static ListEvaluation of(
      ScoredPairs pairs, Map<String, String[]> groups, Protocol protocol) {
    ListReplicates.Subjects subjects = ListReplicates.Subjects.of(pairs, protocol);
    Scored all = Scored.of(pairs, subjects, protocol, "of the list");
    List<Grouping> groupings = new ArrayList<>();
    groups.forEach((column, of) -> groupings.add(grouping(column, of, pairs, subjects, protocol)));
    return new ListEvaluation(all.figures, List.copyOf(groupings));
  }

  private static Grouping grouping(
      String column,
      String[] groupOf,
      ScoredPairs pairs,
      ListReplicates.Subjects subjects,
      Protocol protocol) {
    if (groupOf.length != pairs.size()) {
      throw new InvalidInputException(
          "groups: expected one for each of %d pairs, found %d of %s; give as many"
              .formatted(pairs.size(), groupOf.length, column));
    }
    Map<String, List<Integer>> rows = new TreeMap<>();
    for (int i = 0; i < groupOf.length; i++) {
      rows.computeIfAbsent(groupOf[i], name -> new ArrayList<>()).add(i);
    }
    Map<String, Scored> scored = new LinkedHashMap<>();
    rows.forEach(
        (name, of) ->
            scored.put(
                name,
                Scored.of(
                    pairs.at(of.stream().mapToInt(i -> i).toArray()),
                    subjects,
                    protocol,
                    "of those with %s '%s'".formatted(column, name))));
    Map<String, Figures> figures = new LinkedHashMap<>();
    scored.forEach((name, of) -> figures.put(name, of.figures));
    return new Grouping(column, figures, gaps(scored));
  }

  private static List<Gap> gaps(Map<String, Scored> scored) {
    List<Gap> gaps = new ArrayList<>();
    for (Metric metric : scored.values().iterator().next().figures.evaluation.metrics()) {
      Figure figure = metric.figure();
      List<String> defined =
          scored.keySet().stream()
              .filter(name -> scored.get(name).value(figure).isPresent())
              .toList();
      if (defined.size() < 2) {
        continue;
      }
      Comparator<String> byValue =
          Comparator.comparingDouble(name -> scored.get(name).value(figure).getAsDouble());
      Comparator<String> better =
          figure.better() == Figure.Better.LOWER ? byValue : byValue.reversed();
      String best = defined.stream().min(better).get();
      String worst = defined.stream().min(better.reversed()).get();
      double apart =
          scored.get(best).value(figure).getAsDouble()
              - scored.get(worst).value(figure).getAsDouble();
      Replicates difference =
          better == byValue
              ? scored.get(worst).minus(scored.get(best), figure)
              : scored.get(best).minus(scored.get(worst), figure);
      gaps.add(new Gap(figure, best, worst, Math.abs(apart), difference.interval()));
    }
    return List.copyOf(gaps);
  }

  /** Figures with their replicates. */
  private record Scored(Figures figures, ListReplicates replicates) {
    static Scored of(
        ScoredPairs given, ListReplicates.Subjects subjects, Protocol protocol, String which) {
      boolean parted = given.folds() == null && given.size() >= FOLDS;
      ScoredPairs pairs = parted ? given.inParts(FOLDS) : given;
      float[] genuine = pairs.cosines(true);
      float[] impostor = pairs.cosines(false);
      // A network that outputs only zeros has no metrics.
      boolean defined =
          genuine.length > 0
              && impostor.length > 0
              && IntStream.range(0, pairs.size()).anyMatch(i -> pairs.cosines()[i] != 0);
      ListReplicates replicates = new ListReplicates(pairs, subjects);
      Optional<FoldAccuracy> folds = defined ? FoldAccuracy.of(pairs) : Optional.empty();
      MetricList metrics = new MetricList(subjects.numbers(), protocol);
      metrics.add(
          Figure.LIST_ACCURACY,
          folds.map(f -> OptionalDouble.of(f.mean())).orElse(OptionalDouble.empty()),
          folds.isPresent() ? replicates.accuracy() : Replicates.NONE,
          "mean over %d folds of the share of pairs judged right by cosine, with the threshold that is best for the other folds; %d genuine and %d impostor pairs %s%s"
              .formatted(
                  folds.map(f -> f.folds().size()).orElse(0),
                  genuine.length,
                  impostor.length,
                  which,
                  parted ? ", in consecutive parts" : ""));
      VerificationFigures.OF_LIST.add(
          metrics,
          defined ? Optional.of(Verification.of(genuine, impostor)) : Optional.empty(),
          Optional.of(replicates),
          "pairs " + which);
      return new Scored(
          new Figures(genuine.length, impostor.length, new Evaluation(metrics.all()), folds),
          replicates);
    }

    OptionalDouble value(Figure figure) {
      return figures.evaluation.value(figure.key());
    }

    Replicates minus(Scored other, Figure figure) {
      Replicates own = of(figure);
      Replicates others = other.of(figure);
      return own.units() < others.units()
          ? own.minus(others)
          : new Replicates(own.minus(others).values(), others.units());
    }

    private Replicates of(Figure figure) {
      VerificationFigures figures = VerificationFigures.OF_LIST;
      return figure == Figure.LIST_ACCURACY
          ? replicates.accuracy()
          : figure == figures.equalErrorRate()
              ? replicates.equalErrorRate()
              : figure == figures.areaUnderCurve()
                  ? replicates.areaUnderCurve()
                  : replicates.tarAtFar(
                      VerificationFigures.far(figures.tarAtFar().indexOf(figure)));
    }
  }
}

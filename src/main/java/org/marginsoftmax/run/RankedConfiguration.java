package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A configuration of a sweep: its runs differ in nothing but the seed.
 *
 * @param rank from 1, the best; null while a run of it is waiting
 * @param values of the options that vary, without the seed
 * @param validation mean of its runs' validation figures; null if none has one
 * @param deviation sample standard deviation of these figures; null if fewer than two have one
 * @param runs in the order of their seeds
 */
public record RankedConfiguration(
    Integer rank,
    Map<String, Object> values,
    Double validation,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double deviation,
    List<SweepRun> runs) {

  /**
   * Ranks the configurations of some runs by the mean of their validation figures; test metrics are
   * not looked at. Those with runs that failed, or whose figure is undefined, come after the
   * others, those with more such runs later. Of equal ones the first in the order of the runs is
   * the better. Those with a run that is waiting come last and have no rank.
   *
   * @param higherIsBetter of the figure
   */
  public static List<RankedConfiguration> rank(List<SweepRun> runs, boolean higherIsBetter) {
    Map<Map<String, Object>, List<SweepRun>> bySeeds = new LinkedHashMap<>();
    for (SweepRun run : runs) {
      Map<String, Object> values = new LinkedHashMap<>(run.values());
      values.remove(SweepConfig.SEED);
      bySeeds.computeIfAbsent(values, v -> new ArrayList<>()).add(run);
    }
    List<RankedConfiguration> sorted =
        bySeeds.entrySet().stream()
            .map(e -> of(e.getKey(), e.getValue()))
            .sorted(order(higherIsBetter))
            .toList();
    return IntStream.range(0, sorted.size())
        .mapToObj(i -> sorted.get(i).isWaiting() ? sorted.get(i) : sorted.get(i).ranked(i + 1))
        .toList();
  }

  /** Names of the options in any of the configurations, in their order. */
  public static List<String> options(List<RankedConfiguration> configurations) {
    return configurations.stream().flatMap(c -> c.values().keySet().stream()).distinct().toList();
  }

  private static Comparator<RankedConfiguration> order(boolean higherIsBetter) {
    Comparator<Double> better =
        higherIsBetter ? Comparator.reverseOrder() : Comparator.naturalOrder();
    return Comparator.comparing(RankedConfiguration::isWaiting)
        .thenComparing(RankedConfiguration::without)
        .thenComparing(RankedConfiguration::validation, Comparator.nullsLast(better));
  }

  private static RankedConfiguration of(Map<String, Object> values, List<SweepRun> runs) {
    double[] figures =
        runs.stream()
            .filter(run -> run.validation() != null)
            .mapToDouble(SweepRun::validation)
            .toArray();
    double mean = 0;
    for (double figure : figures) {
      mean += figure / figures.length;
    }
    double squares = 0;
    for (double figure : figures) {
      squares += (figure - mean) * (figure - mean);
    }
    return new RankedConfiguration(
        null,
        values,
        figures.length == 0 ? null : Double.valueOf(mean),
        figures.length < 2 ? null : Double.valueOf(Math.sqrt(squares / (figures.length - 1))),
        List.copyOf(runs));
  }

  private RankedConfiguration ranked(int rank) {
    return new RankedConfiguration(rank, values, validation, deviation, runs);
  }

  private boolean isWaiting() {
    return runs.stream().anyMatch(run -> run.status() == SweepRun.Status.WAITING);
  }

  /** Number of runs without a figure. */
  private long without() {
    return runs.stream().filter(run -> run.validation() == null).count();
  }
}

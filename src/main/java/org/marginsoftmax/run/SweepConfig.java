package org.marginsoftmax.run;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.ValidationFigure;

/**
 * What a sweep trains: every combination of the values of some options, or some drawn at random.
 *
 * <p>If the head is among them, an option of heads is left out of the runs whose head does not have
 * it, and runs that are the same then are trained once; likewise of backbones. {@code loop.seed} is
 * never drawn: every configuration is trained with each seed.
 *
 * @param over the options that vary, each once
 * @param trials number of configurations to draw, 1..10000, by {@code loop.seed} or the first of
 *     the seeds; null for every combination, of which there may be as many
 * @param rankBy figure of the validation samples that ranks the runs, one of those of {@link
 *     LoopConfig#bestBy}; null for the one by which the runs choose their best checkpoint
 * @param options of every run, apart from those that vary
 */
public record SweepConfig(
    List<SweptOption> over, Integer trials, String rankBy, TrainConfig options) {
  /** Most configurations of a sweep. */
  static final int MOST = 10_000;

  static final String SEED = "loop.seed";
  private static final String BEST_BY = "loop.best_by";

  /**
   * @throws InvalidInputException if something is missing, an option varies twice, or they do not
   *     go together
   */
  public SweepConfig {
    if (over == null
        || over.isEmpty()
        || over.stream().anyMatch(Objects::isNull)
        || options == null) {
      throw new InvalidInputException(
          "sweep: expected options to vary and those of every run, found one of them missing; give both");
    }
    over = List.copyOf(over);
    for (SweptOption option : over) {
      String called = OptionNames.of(option.name());
      AllowedValues.require(
          over.stream().filter(o -> o.name().equals(option.name())).count() == 1,
          called,
          "its values once",
          "them twice",
          "give all in one list");
      AllowedValues.require(
          option.range() == null || trials != null,
          "trials",
          "a number of draws from the range of `" + called + "`",
          "none",
          "say `trials` 20, or list values");
      AllowedValues.require(
          option.range() == null || !option.name().equals(SEED),
          called,
          "a list, for seeds are not drawn",
          option.range(),
          "say `seeds` 1,2,3");
    }
    AllowedValues.require(
        trials == null || trials >= 1 && trials <= MOST, "trials", "1.." + MOST, trials, "say 20");
    for (String group : List.of("head", "backbone")) {
      Set<String> set =
          group.equals("head")
              ? options.head().options().keySet()
              : options.backbone().options().keySet();
      AllowedValues.require(
          set.isEmpty() || over.stream().noneMatch(o -> o.name().equals(group + ".name")),
          group,
          "no options beside several",
          String.join(", ", set),
          "sweep them too, with one value each");
    }
    if (rankBy != null) {
      AllowedValues.of("rank by", rankBy, BestBy.names());
    }
  }

  /** The default: ArcFace with the margins 0, 0.1, 0.3 and 0.5. */
  public static SweepConfig usual() {
    return margins(TrainConfig.usual(), List.of(0.0, 0.1, 0.3, 0.5));
  }

  /** Every margin of a list, with other options the same. */
  public static SweepConfig margins(TrainConfig options, List<Double> margins) {
    return new SweepConfig(
        List.of(new SweptOption("head.margin", List.copyOf(margins), null)), null, null, options);
  }

  /**
   * The name of the figure that ranks the runs.
   *
   * @throws InvalidInputException if the runs choose by several and none is named, or it is a loss
   *     that depends on an option that varies
   */
  String rankFigure() {
    Set<String> bestBy =
        over.stream()
            .filter(o -> o.name().equals(BEST_BY))
            .flatMap(o -> o.values().stream())
            .map(Object::toString)
            .collect(Collectors.toSet());
    if (bestBy.isEmpty()) {
      bestBy = Set.of(options.loop().bestBy());
    }
    if (rankBy == null && bestBy.size() > 1) {
      throw new InvalidInputException(
          "rank by: expected one figure for all runs, found runs that choose by %s; name one"
              .formatted(bestBy.stream().sorted().collect(Collectors.joining(" and "))));
    }
    String figure = rankBy == null ? bestBy.iterator().next() : rankBy;
    if (figure.equals(ValidationFigure.LOSS.name())) {
      over.stream()
          .filter(o -> o.name().startsWith("head."))
          .findFirst()
          .ifPresent(SweepConfig::refuseLoss);
    }
    return figure;
  }

  private static void refuseLoss(SweptOption option) {
    throw new InvalidInputException(
        "rank by: expected a figure that is the same thing in every run, found the loss, which depends on `%s`; take accuracy or another"
            .formatted(OptionNames.of(option.name())));
  }

  /** The configuration of a run in which these options have these values. */
  TrainConfig at(Map<String, Object> values) {
    Map<String, Object> given = new LinkedHashMap<>();
    if (values.containsKey("loop.epochs")) {
      // Other epochs reset the limit on steps, which was given for all runs.
      given.put("loop.steps", options.loop().steps());
    }
    given.putAll(values);
    return options.with(given);
  }
}

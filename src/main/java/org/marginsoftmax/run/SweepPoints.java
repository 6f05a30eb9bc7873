package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * The points of a sweep: for each run, the values of the options that vary. A point is a map by the
 * names of {@code config.json}, with the values that {@code config.json} has.
 */
final class SweepPoints {
  /** Most combinations that are gone through one by one, in whichever order. */
  private static final int FEW = 1 << 20;

  private final SweepConfig config;
  private final List<SweptOption> drawn;
  private final Map<TrainConfig, Map<String, Object>> chosen = new LinkedHashMap<>();
  private final Set<String> used = new HashSet<>();
  private final Set<String> whole;

  private SweepPoints(SweepConfig config) {
    this.config = config;
    drawn = config.over().stream().filter(o -> !o.name().equals(SweepConfig.SEED)).toList();
    whole =
        drawn.stream()
            .map(SweptOption::name)
            .filter(OptionTypes::isWhole)
            .collect(Collectors.toSet());
  }

  /**
   * All points, in the order in which they are trained: every configuration with the first seed, in
   * the order of the values, the last option fastest, or as drawn; then with the next seed. So a
   * sweep that is stopped has compared everything once, and samples, whose split depends on the
   * seed, are read once for each.
   *
   * @throws InvalidInputException if a value is not valid, alone or with the others
   */
  static List<Map<String, Object>> of(SweepConfig config) {
    return new SweepPoints(config).points();
  }

  private List<Map<String, Object>> points() {
    requireEnds();
    if (config.trials() == null) {
      grid();
    } else {
      draw();
    }
    drawn.stream()
        .filter(option -> !used.contains(option.name()))
        .findFirst()
        .ifPresent(SweepPoints::refuseUnused);
    return config.over().stream()
        .filter(o -> o.name().equals(SweepConfig.SEED))
        .findFirst()
        .map(seeds -> withSeeds(seeds.values()))
        .orElse(List.copyOf(chosen.values()));
  }

  private static void refuseUnused(SweptOption option) {
    throw new InvalidInputException(
        "over: expected options that some run has, found `%s`, which none of the heads or backbones has; leave it out, or name one that has it"
            .formatted(OptionNames.of(option.name())));
  }

  private List<Map<String, Object>> withSeeds(List<Object> seeds) {
    Map<TrainConfig, Map<String, Object>> points = new LinkedHashMap<>();
    for (Object seed : seeds) {
      for (Map<String, Object> point : chosen.values()) {
        Map<String, Object> values = new LinkedHashMap<>(point);
        values.put(SweepConfig.SEED, seed);
        TrainConfig at = config.at(values);
        if (points.putIfAbsent(at, asWritten(at, values.keySet())) != null) {
          throw twice(SweepConfig.SEED, seed);
        }
      }
    }
    return List.copyOf(points.values());
  }

  private void grid() {
    long all = combinations();
    AllowedValues.require(
        all <= SweepConfig.MOST,
        "over",
        "at most %,d combinations".formatted(SweepConfig.MOST),
        "%,d".formatted(all),
        "list fewer values, or draw some with `trials`");
    for (int k = 0; k < all; k++) {
      take(combination(k), true);
    }
  }

  /** Without repeats. A longer draw begins with the shorter one. */
  private void draw() {
    SplittableRandom random = new SplittableRandom(seed());
    boolean ranges = drawn.stream().anyMatch(o -> o.range() != null);
    long all = ranges ? Long.MAX_VALUE : combinations();
    if (all <= FEW) {
      int[] order = IntStream.range(0, (int) all).toArray();
      for (int i = 0; i < all && chosen.size() < config.trials(); i++) {
        int j = i + random.nextInt((int) all - i);
        int k = order[j];
        order[j] = order[i];
        take(combination(k), true);
      }
    } else {
      for (int i = 0; i < FEW && chosen.size() < config.trials(); i++) {
        take(drawn.stream().map(option -> one(option, random)).toList(), false);
      }
    }
    AllowedValues.require(
        chosen.size() == config.trials(),
        "trials",
        "at most the %,d configurations that there are".formatted(chosen.size()),
        config.trials(),
        "ask for fewer, or widen the values");
  }

  private Object one(SweptOption option, SplittableRandom random) {
    return option.range() == null
        ? option.values().get(random.nextInt(option.values().size()))
        : option.range().at(random.nextDouble(), whole.contains(option.name()));
  }

  /** Of the draw: that of the runs, or the first of theirs. */
  private long seed() {
    return config.over().stream()
        .filter(o -> o.name().equals(SweepConfig.SEED))
        .map(o -> config.at(Map.of(SweepConfig.SEED, o.values().get(0))))
        .findFirst()
        .orElse(config.options())
        .loop()
        .seed();
  }

  /** Number of combinations of listed values; the largest number if it is larger than that. */
  private long combinations() {
    long all = 1;
    for (SweptOption option : drawn) {
      long high = Math.multiplyHigh(all, option.values().size());
      all =
          high == 0 && all * option.values().size() > 0
              ? all * option.values().size()
              : Long.MAX_VALUE;
    }
    return all;
  }

  /** The k-th combination, the last option fastest. */
  private List<Object> combination(int k) {
    Object[] values = new Object[drawn.size()];
    int left = k;
    for (int i = values.length - 1; i >= 0; i--) {
      List<Object> of = drawn.get(i).values();
      values[i] = of.get(left % of.size());
      left /= of.size();
    }
    return List.of(values);
  }

  /** Both ends of a range are values, so that a draw cannot come upon one that is refused. */
  private void requireEnds() {
    for (SweptOption option : drawn) {
      if (option.range() == null) {
        continue;
      }
      for (double share : new double[] {0, Math.nextDown(1.0)}) {
        Object end = option.range().at(share, whole.contains(option.name()));
        List<Object> values =
            drawn.stream()
                .map(
                    o ->
                        o == option
                            ? end
                            : o.range() == null
                                ? o.values().get(0)
                                : o.range().at(0, whole.contains(o.name())))
                .toList();
        config.at(applying(values));
      }
    }
  }

  /**
   * Takes a combination, unless it is there already.
   *
   * @param listed whether it can be there only by a value that is listed twice, or by options that
   *     were left out
   */
  private void take(List<Object> values, boolean listed) {
    Map<String, Object> applying = applying(values);
    TrainConfig at = config.at(applying);
    used.addAll(applying.keySet());
    if (chosen.putIfAbsent(at, asWritten(at, applying.keySet())) != null
        && listed
        && applying.size() == values.size()) {
      refuseTwice();
    }
  }

  /** Some value is listed twice, however it is written. */
  private void refuseTwice() {
    for (SweptOption option : drawn) {
      Set<Object> seen = new HashSet<>();
      for (Object value : option.values()) {
        if (!seen.add(plain(value))) {
          throw twice(option.name(), value);
        }
      }
    }
    throw twice(drawn.get(0).name(), drawn.get(0).values());
  }

  /** A number as a number, whether it is written as one or as text. */
  private static Object plain(Object value) {
    try {
      return Double.valueOf(value.toString());
    } catch (NumberFormatException e) {
      return value;
    }
  }

  private static InvalidInputException twice(String option, Object value) {
    return new InvalidInputException(
        "%s: expected different values, found %s twice; list each once"
            .formatted(OptionNames.of(option), value));
  }

  /** The values by name, without those of options that the run's head or backbone lacks. */
  private Map<String, Object> applying(List<Object> values) {
    Map<String, Object> given = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      given.put(drawn.get(i).name(), values.get(i));
    }
    for (String group : List.of("head", "backbone")) {
      Object owner = given.get(group + ".name");
      if (owner != null) {
        given
            .keySet()
            .removeIf(
                key ->
                    key.startsWith(group + ".")
                        && !key.equals(group + ".name")
                        && !OptionTypes.has(
                            group, owner.toString(), key.substring(group.length() + 1)));
      }
    }
    return given;
  }

  private static Map<String, Object> asWritten(TrainConfig at, Set<String> names) {
    Map<String, Object> written = new LinkedHashMap<>();
    for (String name : names) {
      written.put(name, Json.MAPPER.convertValue(at.options().get(name), Object.class));
    }
    return written;
  }

  /** Such as {@code lr 0.001, margin 0.3}. */
  static String title(Map<String, Object> point) {
    List<String> words = new ArrayList<>();
    point.forEach((name, value) -> words.add(OptionNames.of(name) + " " + text(value)));
    return String.join(", ", words);
  }

  /** A value as on the command line. */
  static String text(Object value) {
    if (value instanceof List<?> list) {
      return String.join(",", list.stream().map(SweepPoints::text).toList());
    }
    if (value instanceof Map<?, ?> map) {
      return String.join(
          ",", map.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    }
    return String.valueOf(value);
  }
}

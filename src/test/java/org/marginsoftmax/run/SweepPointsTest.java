package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;

/** What a sweep trains, for sweeps of many sizes. */
class SweepPointsTest {
  private static final List<String> NAMES =
      List.of("head.margin", "optimizer.learning_rate", "loop.epochs", "optimizer.momentum");

  private static SweepConfig config(List<SweptOption> over, Integer trials) {
    return new SweepConfig(over, trials, null, TrainConfig.usual());
  }

  private static List<Map<String, Object>> points(Integer trials, SweptOption... over) {
    return SweepPoints.of(config(List.of(over), trials));
  }

  private static SweptOption listed(String name, int values) {
    boolean whole = name.startsWith("loop.");
    return new SweptOption(
        name,
        IntStream.rangeClosed(1, values).mapToObj(i -> whole ? (Object) i : i / 10.0).toList(),
        null);
  }

  private static List<SweptOption> drawn(Random random) {
    List<SweptOption> over = new ArrayList<>();
    for (String name : NAMES.subList(0, 1 + random.nextInt(NAMES.size()))) {
      over.add(listed(name, 1 + random.nextInt(4)));
    }
    return over;
  }

  /** Every combination, in the order of nested loops, the last option innermost. */
  private static List<Map<String, Object>> combinations(List<SweptOption> over) {
    List<Map<String, Object>> all = List.of(Map.of());
    for (SweptOption option : over) {
      List<Map<String, Object>> longer = new ArrayList<>();
      for (Map<String, Object> point : all) {
        for (Object value : option.values()) {
          Map<String, Object> with = new LinkedHashMap<>(point);
          with.put(option.name(), value);
          longer.add(with);
        }
      }
      all = longer;
    }
    return all;
  }

  @Test
  void aGridHasEveryCombinationInOrder() {
    Random random = new Random(1);
    for (int turn = 0; turn < 30; turn++) {
      List<SweptOption> over = drawn(random);
      assertEquals(combinations(over), SweepPoints.of(config(over, null)));
    }
  }

  @Test
  void everyConfigurationHasEverySeed() {
    SweptOption margins = listed("head.margin", 3);
    List<Map<String, Object>> points = points(null, SweptOption.of("seed", 7, 8), margins);
    assertEquals(6, points.size());
    for (int i = 0; i < 6; i++) {
      assertEquals(i < 3 ? 7L : 8L, points.get(i).get("loop.seed"));
      assertEquals(margins.values().get(i % 3), points.get(i).get("head.margin"));
    }
  }

  @Test
  void drawsDoNotRepeatAndLongerOnesBeginWithShorterOnes() {
    Random random = new Random(2);
    for (int turn = 0; turn < 20; turn++) {
      List<SweptOption> over = drawn(random);
      List<Map<String, Object>> all = combinations(over);
      List<Map<String, Object>> whole = SweepPoints.of(config(over, all.size()));
      assertEquals(new HashSet<>(all), new HashSet<>(whole));
      assertEquals(all.size(), whole.size());
      int some = 1 + random.nextInt(all.size());
      assertEquals(whole.subList(0, some), SweepPoints.of(config(over, some)));
      String said =
          assertThrows(
                  InvalidInputException.class, () -> SweepPoints.of(config(over, all.size() + 1)))
              .getMessage();
      assertTrue(said.contains("at most the " + all.size() + " configurations"), said);
    }
  }

  @Test
  void theSeedDecidesWhatIsDrawn() {
    List<SweptOption> over = List.of(listed("head.margin", 9), listed("loop.epochs", 9));
    TrainConfig other = TrainConfig.usual().with(Map.of("loop.seed", 2));
    List<Map<String, Object>> first = SweepPoints.of(config(over, 20));
    assertEquals(first, SweepPoints.of(config(over, 20)));
    assertNotEquals(first, SweepPoints.of(new SweepConfig(over, 20, null, other)));
    // The first of several seeds is that of the draw.
    List<SweptOption> seeds = new ArrayList<>(over);
    seeds.add(SweptOption.of("seed", 2, 1));
    List<Map<String, Object>> both = SweepPoints.of(config(seeds, 20));
    assertEquals(40, both.size());
    both.get(0).remove("loop.seed");
    assertEquals(SweepPoints.of(new SweepConfig(over, 20, null, other)).get(0), both.get(0));
  }

  /** Largest distance between the shares below each number and those of a uniform distribution. */
  private static double distance(double[] shares) {
    Arrays.sort(shares);
    double most = 0;
    for (int i = 0; i < shares.length; i++) {
      most = Math.max(most, Math.abs((i + 0.5) / shares.length - shares[i]));
    }
    return most;
  }

  @Test
  void rangesAreUniformInsideTheirEnds() {
    int n = 1000;
    double low = 1e-4;
    double high = 0.1;
    double[] log = new double[n];
    double[] linear = new double[n];
    List<Map<String, Object>> points =
        points(
            n,
            SweptOption.within("lr", new SearchRange(low, high, true)),
            SweptOption.within("margin", new SearchRange(0.1, 0.7, false)));
    for (int i = 0; i < n; i++) {
      double rate = ((Number) points.get(i).get("optimizer.learning_rate")).doubleValue();
      double margin = ((Number) points.get(i).get("head.margin")).doubleValue();
      assertTrue(rate >= low && rate <= high && margin >= 0.1 && margin <= 0.7);
      log[i] = Math.log(rate / low) / Math.log(high / low);
      linear[i] = (margin - 0.1) / 0.6;
    }
    // Kolmogorov and Smirnov: beyond this in one of a thousand uniform draws.
    double allowed = 1.95 / Math.sqrt(n);
    assertTrue(distance(log.clone()) < allowed, "log");
    assertTrue(distance(linear.clone()) < allowed, "linear");
    // They would not pass for each other.
    double[] raw =
        Arrays.stream(log).map(s -> (low * Math.pow(high / low, s) - low) / (high - low)).toArray();
    assertTrue(distance(raw) > allowed);
  }

  @Test
  void rangesOfWholeNumbersHaveEachOfThem() {
    SearchRange range = new SearchRange(2, 5, false);
    int[] counts = new int[8];
    for (int i = 0; i < 4000; i++) {
      counts[range.at(i / 4000.0, true).intValue()]++;
    }
    assertEquals("[0, 0, 1000, 1000, 1000, 1000, 0, 0]", Arrays.toString(counts));
    Set<Object> all = new HashSet<>();
    points(4, SweptOption.within("epochs", range)).forEach(p -> all.add(p.get("loop.epochs")));
    assertEquals(Set.of(2, 3, 4, 5), all);
    refused(() -> points(5, SweptOption.within("epochs", range)), "at most the 4");
    for (double share : new double[] {0, 0.5, Math.nextDown(1.0)}) {
      long log = new SearchRange(1, 1000, true).at(share, true).longValue();
      assertTrue(log >= 1 && log <= 1000, "" + log);
    }
  }

  @Test
  void optionsOfHeadsAreLeftOutWhereTheHeadLacksThem() {
    List<Map<String, Object>> points =
        points(
            null,
            SweptOption.of("head", "arcface", "softmax", "cosface"),
            SweptOption.of("margin", 0.1, 0.3));
    assertEquals(
        List.of(
            Map.of("head.name", "arcface", "head.margin", 0.1),
            Map.of("head.name", "arcface", "head.margin", 0.3),
            Map.of("head.name", "softmax"),
            Map.of("head.name", "cosface", "head.margin", 0.1),
            Map.of("head.name", "cosface", "head.margin", 0.3)),
        points);
    refused(
        () ->
            points(
                null,
                SweptOption.of("head", "softmax", "adacos"),
                SweptOption.of("state-momentum", 0.1)),
        "none of the heads");
    // Of one head it is an error like any other.
    TrainConfig softmax = TrainConfig.usual().withHead(HeadConfig.named("softmax"));
    refused(() -> SweepPoints.of(SweepConfig.margins(softmax, List.of(0.1))), "margin", "softmax");
  }

  @Test
  void aLimitOnStepsHoldsWithOtherEpochs() {
    TrainConfig options = TrainConfig.usual().with(Map.of("loop.steps", 5));
    SweepConfig config =
        new SweepConfig(List.of(SweptOption.of("epochs", 1, 2)), null, null, options);
    for (Map<String, Object> point : SweepPoints.of(config)) {
      assertEquals(5, config.at(point).loop().steps());
    }
  }

  private static void refused(Runnable call, String... words) {
    String said = assertThrows(InvalidInputException.class, call::run).getMessage();
    for (String word : words) {
      assertTrue(said.contains(word), said);
    }
    assertTrue(said.contains("expected") && said.contains("found"), said);
  }

  @Test
  void whatCannotBeIsRefused() {
    refused(() -> SweptOption.of("lrr", 1), "option of train", "did you mean lr?");
    refused(() -> SweptOption.of("lr"), "lr", "values");
    refused(() -> SweptOption.within("optimizer", new SearchRange(0, 1, false)), "no number");
    refused(() -> SweptOption.within("epochs", new SearchRange(1.2, 1.8, false)), "whole number");
    refused(() -> new SearchRange(1, 1, false), "smaller first");
    refused(() -> new SearchRange(0, 1, true), "above 0");
    refused(() -> points(null, SweptOption.within("lr", new SearchRange(1e-4, 1, true))), "trials");
    refused(() -> points(3, SweptOption.within("lr", new SearchRange(1e-4, 1e9, true))), "rate");
    refused(() -> points(3, SweptOption.within("seed", new SearchRange(1, 9, false))), "list");
    refused(() -> points(0, listed("lr", 2)), "trials", "1..10000");
    refused(() -> points(null, listed("lr", 2), listed("lr", 3)), "twice");
    refused(() -> points(null, SweptOption.of("margin", 0.1, "0.10")), "margin", "0.10 twice");
    refused(() -> points(null, SweptOption.of("margin", 0.1, 4)), "margin in radians");
    refused(() -> points(null, SweptOption.of("seed", 1, 1), listed("lr", 1)), "seed", "twice");
    refused(
        () -> points(null, listed("epochs", 101), listed("margin", 10), listed("lr", 10)),
        "10,100");
    refused(() -> points(null, SweptOption.of("optimizer", "adam", "adm")), "did you mean adam?");
    SweepConfig loss =
        new SweepConfig(List.of(listed("margin", 2)), null, "loss", TrainConfig.usual());
    refused(loss::rankFigure, "rank by", "`margin`");
    SweepConfig several =
        config(List.of(SweptOption.of("best-by", "accuracy", "silhouette")), null);
    refused(several::rankFigure, "accuracy and silhouette");
  }

  @Test
  void foldersHaveNamesForEveryFileSystem() {
    Random random = new Random(3);
    Set<String> names = new HashSet<>();
    for (int i = 1; i <= 500; i++) {
      StringBuilder value = new StringBuilder();
      for (int k = random.nextInt(300); k > 0; k--) {
        value.append((char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(0xd800)));
      }
      String name = SweepPoint.folder(i, Map.of("keras.from", value.toString()));
      assertTrue(name.matches("run-[a-z0-9.-]{2,44}") && !name.endsWith("."), name);
      assertTrue(SweepPoint.isName(name), name);
      assertTrue(names.add(name));
    }
    assertEquals(
        "run-07-from-keras-b", SweepPoint.folder(7, Map.of("keras.from", "/a/long/path/b/")));
  }
}

package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.marginsoftmax.InvalidInputException;

/** Figures of lists of pairs against their definitions, and against those of scikit-learn. */
class ListEvaluationTest {
  private static final Protocol PROTOCOL = Protocol.usual(1).withReplicates(0);

  /** Lists on which figures go wrong. */
  enum Kind {
    ORDINARY,
    TIES,
    ALL_EQUAL,
    SEPARABLE,
    REVERSED,
    ONE_SUBJECT,
    SORTED
  }

  private static ScoredPairs pairs(Kind kind, int n, int folds, Random random) {
    float[] cosines = new float[n];
    boolean[] same = new boolean[n];
    int[] fold = new int[n];
    int[] first = new int[n];
    int[] second = new int[n];
    for (int i = 0; i < n; i++) {
      same[i] = kind == Kind.SORTED ? 2 * i < n : i < 2 ? i == 0 : random.nextInt(3) == 0;
      fold[i] = random.nextInt(folds);
      first[i] = kind == Kind.ONE_SUBJECT ? 0 : random.nextInt(8);
      second[i] =
          same[i] || kind == Kind.ONE_SUBJECT ? first[i] : (first[i] + 1 + random.nextInt(7)) % 8;
      double noise = 0.3 * random.nextGaussian();
      double cosine =
          switch (kind) {
            case TIES -> (random.nextInt(4) + (same[i] ? 1 : 0)) / 8.0;
            case ALL_EQUAL -> 0.25;
            case SEPARABLE ->
                same[i] ? 0.5 + 0.4 * random.nextDouble() : -0.5 * random.nextDouble();
            case REVERSED -> same[i] ? -0.2 + noise : 0.3 + noise;
            default -> same[i] ? 0.3 + noise : noise;
          };
      cosines[i] = (float) Math.max(-1, Math.min(1, cosine));
    }
    return new ScoredPairs(cosines, same, fold, first, second);
  }

  private static double right(ScoredPairs pairs, int[] rows, double threshold, int[] times) {
    double right = 0;
    for (int i : rows) {
      right += (pairs.cosines()[i] >= threshold) == pairs.same()[i] ? times[i] : 0;
    }
    return right;
  }

  /**
   * By trying every threshold that tells other pairs apart, from the strictest on.
   *
   * @param times how often each pair counts
   * @return threshold and accuracy by fold
   */
  private static Map<Integer, double[]> folds(ScoredPairs pairs, int[] times) {
    Map<Integer, double[]> found = new TreeMap<>();
    int[] all = IntStream.range(0, pairs.size()).filter(i -> times[i] > 0).toArray();
    for (int fold : Arrays.stream(all).map(i -> pairs.folds()[i]).distinct().toArray()) {
      int[] own = Arrays.stream(all).filter(i -> pairs.folds()[i] == fold).toArray();
      int[] others = Arrays.stream(all).filter(i -> pairs.folds()[i] != fold).toArray();
      if (others.length == 0) {
        return Map.of();
      }
      TreeSet<Float> levels = new TreeSet<>();
      Arrays.stream(others).forEach(i -> levels.add(pairs.cosines()[i]));
      double best = Math.nextUp(levels.last());
      for (float level : levels.descendingSet()) {
        Float next = levels.lower(level);
        double threshold = next == null ? -1 : ((double) level + next) / 2;
        if (right(pairs, others, threshold, times) > right(pairs, others, best, times)) {
          best = threshold;
        }
      }
      double total = Arrays.stream(own).map(i -> times[i]).sum();
      found.put(fold, new double[] {best, right(pairs, own, best, times) / total});
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void foldsAreJudgedByTheBestThresholdOfTheOthers(Kind kind) {
    Random random = new Random(kind.ordinal());
    for (int round = 0; round < 150; round++) {
      int n = 3 + random.nextInt(40);
      ScoredPairs pairs = pairs(kind, n, 1 + random.nextInt(12), random);
      int[] once = new int[n];
      Arrays.fill(once, 1);
      Map<Integer, double[]> expected = folds(pairs, once);
      FoldAccuracy found = FoldAccuracy.of(pairs).orElse(null);
      assertEquals(expected.isEmpty(), found == null);
      if (found != null) {
        double[] accuracies = expected.values().stream().mapToDouble(f -> f[1]).toArray();
        assertEquals(
            List.copyOf(expected.keySet()), found.folds().stream().map(f -> f.fold()).toList());
        for (FoldAccuracy.Fold fold : found.folds()) {
          assertEquals(expected.get(fold.fold())[0], fold.threshold());
          assertEquals(expected.get(fold.fold())[1], fold.accuracy(), 1e-12);
        }
        double mean = Arrays.stream(accuracies).average().getAsDouble();
        double squares = Arrays.stream(accuracies).map(a -> (a - mean) * (a - mean)).sum();
        assertEquals(mean, found.mean(), 1e-12);
        assertEquals(
            Math.sqrt(squares / (accuracies.length - 1)), found.standardDeviation(), 1e-12);
        assertEquals(
            found.standardDeviation() / Math.sqrt(accuracies.length), found.standardError(), 1e-12);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void figuresAreTheirDefinitions(Kind kind) {
    Random random = new Random(kind.ordinal() + 50);
    for (int round = 0; round < 100; round++) {
      int n = 3 + random.nextInt(300);
      ScoredPairs pairs = pairs(kind, n, 10, random);
      Evaluation found = ListEvaluation.of(pairs, Map.of(), PROTOCOL).all().evaluation();
      assertEquals(9, found.metrics().size());
      int impostors = (int) IntStream.range(0, n).filter(i -> !pairs.same()[i]).count();
      for (int k = 1; k <= 6; k++) {
        Metric tar = metric(found, "list_tar_at_far_1e-" + k);
        double far = Double.parseDouble("1e-" + k);
        assertEquals(impostors >= Math.pow(10, k), tar.value().isPresent());
        if (tar.value().isEmpty()) {
          assertTrue(tar.definition().startsWith("undefined: needs"), tar.definition());
          continue;
        }
        double most = 0;
        for (int i = 0; i < n; i++) {
          if (share(pairs, false, pairs.cosines()[i]) <= far) {
            most = Math.max(most, share(pairs, true, pairs.cosines()[i]));
          }
        }
        assertEquals(most, tar.value().getAsDouble(), 1e-12);
        double threshold = tar.threshold().getAsDouble();
        assertTrue(share(pairs, false, threshold) <= far, "never above");
        assertEquals(most, share(pairs, true, threshold), 1e-12);
      }
    }
  }

  private static Metric metric(Evaluation found, String name) {
    return found.metrics().stream().filter(m -> m.name().equals(name)).findAny().orElseThrow();
  }

  /** Share of the pairs of one kind that are accepted. */
  private static double share(ScoredPairs pairs, boolean genuine, double threshold) {
    int[] of = IntStream.range(0, pairs.size()).filter(i -> pairs.same()[i] == genuine).toArray();
    return Arrays.stream(of).filter(i -> pairs.cosines()[i] >= threshold).count()
        / (double) of.length;
  }

  /** A replicate is the list with its pairs repeated as often as they count. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void replicatesAreOfListsWithRepeatedPairs(Kind kind) {
    Random random = new Random(kind.ordinal() + 9);
    Protocol protocol = Protocol.usual(3).withReplicates(100);
    ScoredPairs pairs = pairs(kind, 60, 5, random);
    ListReplicates.Subjects subjects = ListReplicates.Subjects.of(pairs, protocol);
    ListReplicates replicates = new ListReplicates(pairs, subjects);
    if (kind == Kind.ONE_SUBJECT) {
      assertTrue(replicates.accuracy().interval().isEmpty());
      assertEquals(0, replicates.accuracy().values().length);
      return;
    }
    for (int b = 0; b < 100; b++) {
      int[] times = new int[60];
      List<Integer> rows = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int a = drawn(subjects, b, pairs.first()[i]);
        times[i] = pairs.same()[i] ? a : a * drawn(subjects, b, pairs.second()[i]);
        for (int k = 0; k < times[i]; k++) {
          rows.add(i);
        }
      }
      ScoredPairs repeated = pairs.at(rows.stream().mapToInt(i -> i).toArray());
      if (repeated.cosines(true).length == 0 || repeated.cosines(false).length == 0) {
        assertTrue(Double.isNaN(replicates.equalErrorRate().values()[b]));
        continue;
      }
      Verification expected = Verification.of(repeated.cosines(true), repeated.cosines(false));
      assertEquals(expected.equalErrorRate(), replicates.equalErrorRate().values()[b], 1e-12);
      assertEquals(expected.areaUnderCurve(), replicates.areaUnderCurve().values()[b], 1e-12);
      assertTrue(replicates.tarAtFar(0.1).values()[b] >= expected.atFar(0.1).tar() - 1e-12);
      assertEquals(
          folds(pairs, times).values().stream().mapToDouble(f -> f[1]).average().orElse(Double.NaN),
          replicates.accuracy().values()[b],
          1e-12);
    }
  }

  private static int drawn(ListReplicates.Subjects subjects, int replicate, int subject) {
    int at = Arrays.binarySearch(subjects.numbers(), subject);
    return subjects.units().weights()[replicate][subjects.units().of()[at]];
  }

  /** Long lists are counted in buckets for their intervals, which are the same but for a little. */
  @Test
  void longListsHaveNearlyTheSameIntervals() {
    Random random = new Random(4);
    ScoredPairs half = pairs(Kind.ORDINARY, 60_000, 10, random);
    Protocol protocol = Protocol.usual(3).withReplicates(100);
    int[] thrice = IntStream.range(0, 180_000).map(i -> i % 60_000).toArray();
    ListReplicates.Subjects subjects = ListReplicates.Subjects.of(half, protocol);
    ListReplicates exact = new ListReplicates(half, subjects);
    ListReplicates counted = new ListReplicates(half.at(thrice), subjects);
    // Near its best the threshold may move far for a little accuracy.
    assertClose(exact.accuracy(), counted.accuracy(), 3e-3);
    assertEquals(
        Arrays.stream(exact.accuracy().values()).average().getAsDouble(),
        Arrays.stream(counted.accuracy().values()).average().getAsDouble(),
        2e-4);
    assertClose(exact.equalErrorRate(), counted.equalErrorRate(), 1e-3);
    assertClose(exact.areaUnderCurve(), counted.areaUnderCurve(), 1e-3);
    for (int k = 1; k <= 3; k++) {
      double far = Double.parseDouble("1e-" + k);
      assertClose(exact.tarAtFar(far), counted.tarAtFar(far), 5e-3);
    }
  }

  private static void assertClose(Replicates expected, Replicates found, double tolerance) {
    for (int b = 0; b < expected.values().length; b++) {
      assertEquals(expected.values()[b], found.values()[b], tolerance);
    }
  }

  /** Each group is a list of its own; small ones say what they lack. */
  @Test
  void groupsAreListsOfTheirOwn() {
    Random random = new Random(8);
    for (int round = 0; round < 20; round++) {
      ScoredPairs pairs = pairs(Kind.ORDINARY, 200, 5, random);
      String[] site = new String[200];
      Arrays.setAll(site, i -> i == 7 ? "lone" : List.of("b", "a", "c").get(random.nextInt(3)));
      Protocol protocol = Protocol.usual(3).withReplicates(100);
      ListEvaluation.Grouping found =
          ListEvaluation.of(pairs, Map.of("site", site), protocol).groupings().get(0);
      assertEquals(List.of("a", "b", "c", "lone"), List.copyOf(found.groups().keySet()));
      found
          .groups()
          .forEach(
              (name, group) -> {
                int[] rows = IntStream.range(0, 200).filter(i -> site[i].equals(name)).toArray();
                ListEvaluation.Figures alone =
                    ListEvaluation.of(pairs.at(rows), Map.of(), PROTOCOL).all();
                for (Metric metric : alone.evaluation().metrics()) {
                  assertEquals(
                      metric.value(), group.evaluation().value(metric.name()), metric.name());
                }
                assertEquals(alone.folds(), group.folds());
                assertEquals(rows.length, group.genuine() + group.impostor());
              });
      Evaluation lone = found.groups().get("lone").evaluation();
      assertTrue(lone.metrics().stream().allMatch(m -> m.value().isEmpty()));
      assertTrue(lone.metrics().get(0).definition().contains("needs a pair of one subject"));
      for (ListEvaluation.Gap gap : found.gaps()) {
        double[] values =
            found.groups().values().stream()
                .map(g -> g.evaluation().value(gap.figure().key()))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .sorted()
                .toArray();
        assertEquals(values[values.length - 1] - values[0], gap.difference(), 1e-12);
        boolean low = gap.figure() == Figure.LIST_EQUAL_ERROR_RATE;
        assertEquals(
            low ? values[0] : values[values.length - 1],
            found.groups().get(gap.best()).evaluation().value(gap.figure().key()).getAsDouble());
        gap.interval().ifPresent(i -> assertTrue(i.low() <= gap.difference() + 0.2, "" + i));
      }
      assertFalse(found.gaps().isEmpty());
    }
    assertThrows(
        InvalidInputException.class,
        () ->
            ListEvaluation.of(
                pairs(Kind.ORDINARY, 5, 2, random), Map.of("x", new String[4]), PROTOCOL));
  }

  /** Two equal groups have no gap, and its interval has 0 in it. */
  @Test
  void anIntervalOfAGapIsOfTheSameDraws() {
    Random random = new Random(3);
    ScoredPairs one = pairs(Kind.ORDINARY, 300, 5, random);
    ScoredPairs both = one.at(IntStream.range(0, 600).map(i -> i % 300).toArray());
    String[] group = new String[600];
    Arrays.setAll(group, i -> i < 300 ? "a" : "b");
    ListEvaluation found =
        ListEvaluation.of(both, Map.of("g", group), Protocol.usual(3).withReplicates(100));
    for (ListEvaluation.Gap gap : found.groupings().get(0).gaps()) {
      assertEquals(0, gap.difference());
      assertTrue(gap.interval().isEmpty(), "the same on all replicates");
    }
  }

  @Test
  void withoutFoldsTenConsecutivePartsAreThese() {
    Random random = new Random(2);
    for (int n = 10; n < 60; n++) {
      ScoredPairs some = pairs(Kind.ORDINARY, n, 1, random);
      ScoredPairs bare =
          new ScoredPairs(some.cosines(), some.same(), null, some.first(), some.second());
      FoldAccuracy found = ListEvaluation.of(bare, Map.of(), PROTOCOL).all().folds().orElseThrow();
      assertEquals(10, found.folds().size());
      int larger = n % 10;
      for (FoldAccuracy.Fold fold : found.folds()) {
        assertEquals(n / 10 + (fold.fold() < larger ? 1 : 0), fold.pairs());
      }
    }
  }

  @Test
  void zeroVectorsAloneHaveNoFigures() {
    Embeddings zero = new Embeddings(new float[4][2], new int[] {0, 0, 1, 1});
    ScoredPairs pairs =
        ScoredPairs.of(
            zero,
            new int[] {0, 2, 0, 1},
            new int[] {1, 3, 2, 3},
            new boolean[] {true, true, false, false},
            new int[] {0, 1, 0, 1});
    for (Metric metric :
        ListEvaluation.of(pairs, Map.of(), PROTOCOL).all().evaluation().metrics()) {
      assertTrue(metric.value().isEmpty(), metric.name());
    }
  }

  /** Means in float64; those that cancel out have no direction. */
  @Test
  void templatesAreMeansOfUnitVectors() {
    Random random = new Random(6);
    float[][] rows = new float[40][7];
    for (float[] row : rows) {
      double length = Math.pow(10, random.nextInt(9) - 4);
      for (int k = 0; k < 7; k++) {
        row[k] = (float) (length * random.nextGaussian());
      }
    }
    rows[1] = rows[0].clone();
    for (int k = 0; k < 7; k++) {
      rows[1][k] *= -2;
    }
    int[][] templates = new int[30][];
    templates[0] = new int[] {0, 1};
    for (int t = 1; t < 30; t++) {
      templates[t] = random.ints(1 + random.nextInt(5), 2, 40).distinct().toArray();
    }
    Embeddings found = Templates.means(new Embeddings(rows, new int[40]), templates, new int[30]);
    assertEquals(1, found.zeros());
    for (int t = 1; t < 30; t++) {
      double[] mean = new double[7];
      for (int i : templates[t]) {
        double norm = 0;
        for (float x : rows[i]) {
          norm += (double) x * x;
        }
        for (int k = 0; k < 7; k++) {
          mean[k] += rows[i][k] / Math.sqrt(norm);
        }
      }
      double norm = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
      for (int k = 0; k < 7; k++) {
        assertEquals(mean[k] / norm, found.vectors()[t][k], 1e-6);
      }
    }
    assertThrows(
        InvalidInputException.class,
        () -> Templates.means(new Embeddings(rows, new int[40]), new int[][] {{}}, new int[1]));
  }

  @Test
  void equalsThatOfScikitLearn() throws IOException {
    for (JsonNode test : EvaluationFixtures.read("pairs")) {
      String name = test.get("name").asText();
      ScoredPairs pairs =
          new ScoredPairs(
              EvaluationFixtures.as(test.get("cosines"), float[].class),
              EvaluationFixtures.as(test.get("same"), boolean[].class),
              null,
              new int[test.get("same").size()],
              new int[test.get("same").size()]);
      ListEvaluation.Figures found = ListEvaluation.of(pairs, Map.of(), PROTOCOL).all();
      FoldAccuracy folds = found.folds().orElseThrow();
      JsonNode expected = test.get("folds");
      assertEquals(expected.size(), folds.folds().size(), name);
      for (int k = 0; k < expected.size(); k++) {
        assertEquals(
            expected.get(k).get("accuracy").asDouble(),
            folds.folds().get(k).accuracy(),
            1e-12,
            name);
        assertEquals(
            expected.get(k).get("threshold").asDouble(),
            folds.folds().get(k).threshold(),
            1e-12,
            name);
      }
      assertEquals(test.get("mean").asDouble(), folds.mean(), 1e-12, name);
      assertEquals(test.get("std").asDouble(), folds.standardDeviation(), 1e-12, name);
      Map<String, Double> figures = new HashMap<>();
      test.get("figures")
          .properties()
          .forEach(
              f -> figures.put(f.getKey(), f.getValue().isNull() ? null : f.getValue().asDouble()));
      figures.forEach(
          (figure, value) -> {
            OptionalDouble actual = found.evaluation().value(figure);
            assertEquals(value != null, actual.isPresent(), name + figure);
            if (value != null) {
              assertEquals(value, actual.getAsDouble(), 1e-12, name + figure);
            }
          });
    }
  }
}

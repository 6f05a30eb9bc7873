package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whether intervals hold what they promise; docs/evaluation.md has figures of 2,000 sets. */
class IntervalTest {
  private static final int DIMENSION = 6;

  /** Sets whose mean is taken for the value. */
  private static final int KNOWN = 2000;

  /** Classes of a made-up world: some compact, some not, each somewhere. */
  private static Embeddings world(int classes, int ofEach, SplittableRandom random) {
    float[][] rows = new float[classes * ofEach][DIMENSION];
    int[] labels = new int[rows.length];
    for (int c = 0; c < classes; c++) {
      double[] center = new double[DIMENSION];
      for (int k = 0; k < DIMENSION; k++) {
        center[k] = random.nextGaussian();
      }
      double noise = 0.3 + 0.6 * random.nextDouble();
      for (int i = 0; i < ofEach; i++) {
        labels[c * ofEach + i] = c;
        for (int k = 0; k < DIMENSION; k++) {
          rows[c * ofEach + i][k] = (float) (center[k] + noise * random.nextGaussian());
        }
      }
    }
    return new Embeddings(rows, labels);
  }

  private static final List<Figure> CHECKED =
      List.of(
          Figure.MEAN_ANGLE_WITHIN_CLASS,
          Figure.TAR_AT_FAR_1E_1,
          Figure.TAR_AT_FAR_1E_2,
          Figure.TAR_AT_FAR_1E_3,
          Figure.EQUAL_ERROR_RATE,
          Figure.AREA_UNDER_CURVE,
          Figure.RECALL_AT_1,
          Figure.RECALL_AT_5,
          Figure.MEAN_RECIPROCAL_RANK,
          Figure.R_PRECISION,
          Figure.MAP_AT_R,
          Figure.MEAN_AVERAGE_PRECISION);

  @Test
  void coverage() {
    int sets = 400;
    int classes = 40;
    SplittableRandom random = new SplittableRandom(7);
    Map<Figure, Double> truth = new EnumMap<>(Figure.class);
    for (int k = 0; k < KNOWN; k++) {
      for (Metric m : evaluated(world(classes, 5, random), 0).metrics()) {
        truth.merge(m.figure(), m.value().orElseThrow() / KNOWN, Double::sum);
      }
    }
    Map<Figure, Integer> held = new EnumMap<>(Figure.class);
    for (int k = 0; k < sets; k++) {
      for (Metric m : evaluated(world(classes, 5, random), 400).metrics()) {
        if (CHECKED.contains(m.figure())) {
          Interval interval = m.interval().orElseThrow();
          double expected = truth.get(m.figure());
          held.merge(
              m.figure(),
              interval.low() <= expected && expected <= interval.high() ? 1 : 0,
              Integer::sum);
        }
      }
    }
    held.forEach(
        (figure, n) ->
            assertTrue(n >= 0.92 * sets && n <= 0.98 * sets, figure + ": " + n + " of " + sets));
  }

  @Test
  void aSeedDrawsTheSame() {
    int[] labels = {5, 5, 9, 9, 9, 2, 0};
    Units one = Units.of(labels, 200, 3);
    assertArrayEquals(one.weights(), Units.of(labels, 200, 3).weights());
    assertEquals(4, one.count());
    for (int[] weights : one.weights()) {
      assertEquals(4, Arrays.stream(weights).sum());
    }
    assertEquals(0, Units.of(new int[9], 200, 3).weights().length, "one class has no spread");
  }

  /** Many classes are drawn in groups, none of them divided, all of about the same size. */
  @Test
  void manyClassesAreDrawnInGroups() {
    int[] labels = IntStream.range(0, 3000).map(i -> i / 3 * 7).toArray();
    Units units = Units.of(labels, 100, 1);
    assertEquals(200, units.count());
    int[] sizes = new int[200];
    for (int i = 0; i < labels.length; i++) {
      assertEquals(units.of()[i / 3 * 3], units.of()[i]);
      sizes[units.of()[i]]++;
    }
    for (int size : sizes) {
      assertEquals(15, size);
    }
  }

  /** The t interval of a mean, which percentiles of its replicates come to. */
  @Test
  void ofAMeanIsAsWideAsByStudent() {
    SplittableRandom random = new SplittableRandom(5);
    double[] values = random.doubles(12).toArray();
    int[] labels = IntStream.range(0, 12).toArray();
    Interval found = Units.of(labels, 20_000, 1).mean(values).interval().orElseThrow();
    double mean = Arrays.stream(values).average().orElseThrow();
    double spread =
        Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / 11 / 12);
    assertEquals(2 * 2.201 * spread, found.high() - found.low(), 0.15 * 2 * 2.201 * spread);
    assertEquals(mean, (found.low() + found.high()) / 2, 0.3 * spread);
    assertTrue(Units.of(labels, 200, 1).mean(new double[12]).interval().isEmpty());
  }

  private static Evaluation evaluated(Embeddings test, int replicates) {
    Evaluation all = Evaluation.ofUnknownClasses(test, new Protocol(100_000, 1, 0, replicates, 1));
    return new Evaluation(
        all.metrics().stream().filter(m -> CHECKED.contains(m.figure())).toList());
  }
}

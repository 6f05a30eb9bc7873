package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Figures of embeddings that no healthy network makes: in their bounds, or undefined with a word.
 */
class DegenerateTest {
  private static final Set<Figure> PAIRS =
      EnumSet.of(
          Figure.TAR_AT_FAR_1E_1,
          Figure.TAR_AT_FAR_1E_2,
          Figure.TAR_AT_FAR_1E_3,
          Figure.TAR_AT_FAR_1E_4,
          Figure.TAR_AT_FAR_1E_5,
          Figure.TAR_AT_FAR_1E_6,
          Figure.EQUAL_ERROR_RATE,
          Figure.AREA_UNDER_CURVE,
          Figure.RECALL_AT_1,
          Figure.RECALL_AT_5,
          Figure.RECALL_AT_10,
          Figure.R_PRECISION,
          Figure.MAP_AT_R,
          Figure.MEAN_AVERAGE_PRECISION,
          Figure.MEAN_RECIPROCAL_RANK);

  /** Ways for vectors to be degenerate. */
  enum Shape {
    EQUAL,
    ONE_DIRECTION,
    NEARLY_EQUAL,
    CLOSE,
    ALL_ZERO,
    SOME_ZERO,
    ANTIPODAL,
    CANCELLING,
    TIES,
    HUGE,
    TINY,
    ORDINARY
  }

  /** Ways for labels to be so. */
  enum Labels {
    TWO_CLASSES,
    ONE_CLASS,
    ALONE,
    GAPS,
    ONE_ALONE,
    SEVERAL
  }

  private static float[][] vectors(Shape shape, int n, int d, Random random) {
    float[] one = vector(d, random);
    IntFunction<float[]> row =
        switch (shape) {
          case EQUAL -> i -> one.clone();
          case ONE_DIRECTION -> i -> scaled(one, 0.1 + random.nextDouble() * 9);
          case NEARLY_EQUAL ->
              i -> {
                float[] near = one.clone();
                near[i % d] = Math.nextUp(near[i % d]);
                return near;
              };
          case CLOSE ->
              i -> {
                float[] near = one.clone();
                for (int k = 0; k < d; k++) {
                  near[k] += (float) (Math.pow(10, -6 + i % 5) * random.nextGaussian());
                }
                return near;
              };
          case ALL_ZERO -> i -> new float[d];
          case SOME_ZERO -> i -> i % 3 == 0 ? new float[d] : vector(d, random);
          case ANTIPODAL -> i -> scaled(one, i % 2 == 0 ? 1 : -1);
          // Three vectors at 120 degrees, whose sum is rounding.
          case CANCELLING ->
              i -> {
                float[] v = new float[d];
                v[0] = (float) Math.cos(2 * Math.PI * (i % 3) / 3);
                v[d - 1] += (float) Math.sin(2 * Math.PI * (i % 3) / 3);
                return v;
              };
          case TIES -> i -> unit(d, random.nextInt(Math.min(d, 2)));
          case HUGE -> i -> scaled(vector(d, random), 1e37);
          case TINY -> i -> scaled(vector(d, random), 1e-37);
          case ORDINARY -> i -> vector(d, random);
        };
    return IntStream.range(0, n).mapToObj(row).toArray(float[][]::new);
  }

  private static int[] labels(Labels kind, int n) {
    return IntStream.range(0, n)
        .map(
            i ->
                switch (kind) {
                  case TWO_CLASSES -> i % 2;
                  case ONE_CLASS -> 0;
                  case ALONE -> i;
                  case GAPS -> i % 2 == 0 ? 1 : 6;
                  case ONE_ALONE -> i == 0 ? 3 : i % 2;
                  case SEVERAL -> i / 3;
                })
        .toArray();
  }

  private static float[] vector(int d, Random random) {
    float[] v = new float[d];
    for (int k = 0; k < d; k++) {
      v[k] = (float) random.nextGaussian();
    }
    return v;
  }

  private static float[] unit(int d, int at) {
    float[] v = new float[d];
    v[at] = 1;
    return v;
  }

  private static float[] scaled(float[] v, double by) {
    float[] s = new float[v.length];
    for (int k = 0; k < v.length; k++) {
      s[k] = (float) (by * v[k]);
    }
    return s;
  }

  static Stream<Shape> shapes() {
    return Arrays.stream(Shape.values());
  }

  /** A metric refuses what is out of its bounds; here nothing is. */
  @ParameterizedTest
  @MethodSource("shapes")
  void everyFigureIsInItsBoundsOrSaysWhatItNeeds(Shape shape) {
    Random random = new Random(shape.ordinal());
    for (int d : new int[] {1, 2, 3, 24}) {
      for (int n : new int[] {1, 2, 3, 7, 40}) {
        for (Labels kind : Labels.values()) {
          Embeddings test = new Embeddings(vectors(shape, n, d, random), labels(kind, n));
          int classes = Math.max(7, n);
          for (Shape centers : Shape.values()) {
            Evaluation evaluation =
                Evaluation.of(
                    test,
                    new Embeddings(vectors(centers, n, d, random), labels(kind, n)),
                    vectors(centers, classes, d, random),
                    new Protocol(Math.max(2, n - 1), n, 40, 100, 1));
            assertSound(evaluation, 28);
          }
          Evaluation unknown = Evaluation.ofUnknownClasses(test, Protocol.quick(1));
          assertSound(unknown, 19);
          thresholds(test);
        }
      }
    }
  }

  private static void assertSound(Evaluation evaluation, int figures) {
    assertEquals(figures, evaluation.metrics().size());
    for (Metric m : evaluation.metrics()) {
      assertEquals(
          m.value().isEmpty(), m.definition().equals("undefined: needs " + m.figure().needs()));
    }
  }

  private static void thresholds(Embeddings test) {
    AllPairs.of(test)
        .verification()
        .ifPresent(
            pairs -> {
              assertTrue(pairs.at(-1).tar() == 1 && pairs.at(-1).far() == 1);
              assertTrue(pairs.areaUnderCurve() >= 0 && pairs.areaUnderCurve() <= 1);
              for (double far : new double[] {0.5, 1e-2, 1e-4}) {
                Verification.Point point = pairs.atFar(far);
                assertTrue(point.far() <= far && point.tar() >= 0 && point.tar() <= 1);
                assertTrue(point.threshold() >= -1);
                assertTrue(point.threshold() <= 1 || point.tar() == 0, "" + point);
              }
            });
  }

  private static Set<Figure> undefined(Shape shape, Labels kind, int n) {
    return undefined(new Embeddings(vectors(shape, n, 8, new Random(1)), labels(kind, n)));
  }

  private static Set<Figure> undefined(Embeddings test) {
    return Evaluation.of(
            test,
            new Embeddings(
                vectors(Shape.ORDINARY, 20, 8, new Random(2)), labels(Labels.SEVERAL, 20)),
            vectors(Shape.ORDINARY, 60, 8, new Random(3)),
            Protocol.usual(1))
        .metrics()
        .stream()
        .filter(m -> m.value().isEmpty())
        .map(Metric::figure)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Figure.class)));
  }

  private static Set<Figure> and(Set<Figure> some, Figure... more) {
    Set<Figure> all = EnumSet.copyOf(some);
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void whatIsUndefinedIsAbsent() {
    Set<Figure> spread = EnumSet.of(Figure.SILHOUETTE, Figure.VARIANCE_EXPLAINED_3);
    // 22,500 impostor pairs, too few for a FAR of 1e-5.
    Set<Figure> few = EnumSet.of(Figure.TAR_AT_FAR_1E_5, Figure.TAR_AT_FAR_1E_6);
    assertEquals(few, undefined(Shape.ORDINARY, Labels.TWO_CLASSES, 300));
    assertEquals(few, undefined(Shape.ORDINARY, Labels.GAPS, 300));
    assertEquals(few, undefined(Shape.SOME_ZERO, Labels.SEVERAL, 180));
    // A network that has collapsed.
    for (Shape shape : List.of(Shape.EQUAL, Shape.ONE_DIRECTION, Shape.NEARLY_EQUAL)) {
      spread.addAll(few);
      assertEquals(spread, undefined(shape, Labels.TWO_CLASSES, 300), shape.name());
    }
    // One that is dead: only what the centers alone say is left.
    Set<Figure> ofSamples =
        Arrays.stream(Figure.values())
            .filter(f -> f.kind().compareTo(Figure.Kind.RETRIEVAL) <= 0)
            .collect(Collectors.toSet());
    ofSamples.remove(Figure.SMALLEST_ANGLE_BETWEEN_CENTERS);
    ofSamples.remove(Figure.MEAN_ANGLE_BETWEEN_CENTERS);
    assertEquals(ofSamples, undefined(Shape.ALL_ZERO, Labels.TWO_CLASSES, 300));
    assertEquals(
        and(
            PAIRS,
            Figure.SMALLEST_ANGLE_BETWEEN_CLASS_MEANS,
            Figure.SILHOUETTE,
            Figure.NMI,
            Figure.AMI),
        undefined(Shape.ORDINARY, Labels.ONE_CLASS, 300));
    assertEquals(
        and(PAIRS, Figure.MEAN_ANGLE_WITHIN_CLASS, Figure.SILHOUETTE, Figure.NMI, Figure.AMI),
        undefined(Shape.ORDINARY, Labels.ALONE, 30));
    // Each class has a vector and its opposite: no class has a mean direction.
    assertEquals(
        and(few, Figure.MEAN_ANGLE_WITHIN_CLASS, Figure.SMALLEST_ANGLE_BETWEEN_CLASS_MEANS),
        undefined(Shape.CANCELLING, Labels.SEVERAL, 180));
  }

  /** One impostor pair that passes would be more than a FAR below 1 / (impostor pairs) allows. */
  @ParameterizedTest
  @CsvSource({"3, 0", "4, 1", "9, 1", "10, 2", "31, 2", "32, 3", "99, 3", "100, 4"})
  void aFarThatThePairsCannotShowHasNoFigure(int ofEach, int shown) {
    float[][] rows = new float[2 * ofEach][];
    int[] labels = new int[2 * ofEach];
    for (int i = 0; i < rows.length; i++) {
      labels[i] = i % 2;
      rows[i] = new float[] {labels[i], 1 - labels[i]};
    }
    Evaluation found = Evaluation.ofUnknownClasses(new Embeddings(rows, labels), Protocol.quick(1));
    assertEquals(
        shown,
        found.metrics().stream()
            .filter(metric -> metric.name().startsWith("tar_at_far"))
            .filter(metric -> metric.value().isPresent())
            .count());
    assertTrue(found.value("recall_at_1").isPresent());
  }

  /** Classes of the data that have no sample are no classes at 0 degrees from each other. */
  @Test
  void classesWithoutSamplesPlayNoPart() {
    float[][] rows = {{1, 0}, {1, 0.1f}, {0, 1}, {0.1f, 1}};
    Embeddings dense = new Embeddings(rows, new int[] {0, 0, 1, 1});
    Embeddings sparse = new Embeddings(rows, new int[] {2, 2, 900, 900});
    assertEquals(
        Evaluation.ofUnknownClasses(dense, Protocol.usual(1)),
        Evaluation.ofUnknownClasses(sparse, Protocol.usual(1)));
    assertEquals(
        84.3,
        Evaluation.ofUnknownClasses(sparse, Protocol.usual(1))
            .value("smallest_angle_between_class_means")
            .orElseThrow(),
        0.1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-7, 1e-6, 1e-5, 1e-3, 0.1})
  void silhouetteKeepsItsDigitsNearACollapse(double noise) {
    Random random = new Random(4);
    int n = 40;
    double[][] exact = new double[n][16];
    float[][] rows = new float[n][16];
    float[] common = vector(16, random);
    float[] apart = vector(16, random);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < 16; k++) {
        rows[i][k] =
            (float) (common[k] + noise * ((i % 2) * apart[k] + 0.5 * random.nextGaussian()));
        exact[i][k] = rows[i][k];
      }
    }
    Embeddings embeddings = new Embeddings(rows, labels(Labels.TWO_CLASSES, n));
    // The unit vectors are float32; the witness takes them as they are.
    for (int i = 0; i < n; i++) {
      double norm = Math.sqrt(Vectors.dot64(embeddings.vectors()[i], embeddings.vectors()[i]));
      for (int k = 0; k < 16; k++) {
        exact[i][k] = embeddings.vectors()[i][k] / norm;
      }
    }
    double found = Compactness.silhouette(embeddings).orElse(0);
    assertTrue(found >= -1 && found <= 1);
    if (noise >= 1e-6) {
      assertEquals(witness(exact), found, 1e-6);
    }
  }

  /** By the squared chord of every pair, two classes in turn. */
  private static double witness(double[][] unit) {
    double sum = 0;
    for (int i = 0; i < unit.length; i++) {
      double[] total = new double[2];
      for (int j = 0; j < unit.length; j++) {
        for (int k = 0; k < unit[0].length; k++) {
          double apart = unit[i][k] - unit[j][k];
          total[j % 2] += apart * apart / 2;
        }
      }
      double own = total[i % 2] / (unit.length / 2 - 1);
      double other = total[1 - i % 2] / (unit.length / 2);
      sum += (other - own) / Math.max(own, other);
    }
    return sum / unit.length;
  }

  @ParameterizedTest
  @EnumSource(Figure.class)
  void aMetricRefusesWhatIsOutOfItsBounds(Figure figure) {
    for (double value :
        new double[] {
          figure.unit().lowest() - 1e-9, figure.unit().highest() + 1e-9, Double.NaN, -4.68
        }) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new Metric(figure, java.util.OptionalDouble.of(value), ""))
              .getMessage();
      assertTrue(message.startsWith(figure.key() + ": expected "), message);
    }
    assertDoesNotThrow(
        () -> new Metric(figure, java.util.OptionalDouble.of(figure.unit().highest()), ""));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNoNumberIsRefused(float value) {
    float[][] rows = vectors(Shape.ORDINARY, 5, 4, new Random(1));
    rows[3][2] = value;
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Embeddings(rows, new int[5]))
            .getMessage();
    assertTrue(message.contains("row 3"), message);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void projectionsAndDominantCentresAreNumbers(Shape shape) {
    for (int n : new int[] {1, 2, 30}) {
      Random random = new Random(5);
      Embeddings test = new Embeddings(vectors(shape, n, 6, random), labels(Labels.TWO_CLASSES, n));
      Pca pca = Pca.fit(test.vectors(), 3);
      for (float[] row : pca.project(test.vectors())) {
        for (float v : row) {
          assertTrue(Float.isFinite(v) && Math.abs(v) <= 2.1, shape + ": " + v);
        }
      }
      pca.share().ifPresent(share -> assertTrue(share > 0 && share <= 1));
      ClassCenters centers = ClassCenters.of(vectors(shape, 6, 6, random), 3);
      DominantCenters dominant = DominantCenters.of(test, centers);
      for (int k = 0; k < 2; k++) {
        assertEquals(k, dominant.rows()[k] / 3);
      }
      for (DominantCenters.Outlier outlier : dominant.outliers(test, centers, 0)) {
        assertTrue(outlier.angle() > 0 && outlier.angle() <= 180);
      }
    }
  }

  @Test
  void oneCentreHasNoOther() {
    Embeddings two = new Embeddings(new float[][] {{1, 0}, {0, 1}}, new int[2]);
    assertThrows(
        IllegalArgumentException.class,
        () -> Compactness.anglesToNearestOther(two, new float[][] {{1, 0}}));
    assertTrue(Compactness.separation(new float[][] {{1, 0}}).isEmpty());
    assertTrue(Compactness.separation(new float[][] {{1, 0}, {0, 0}}).isEmpty());
  }
}

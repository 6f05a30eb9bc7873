package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** What holds of the layer whatever its input. */
class MarginSoftmaxTest {
  private static final int N = 24;
  private static final int D = 40;
  private static final int C = 60;

  static Stream<Head> heads() {
    return Stream.concat(Stream.of(InnerProductHead.softmax()), angularHeads());
  }

  static Stream<AngularHead> angularHeads() {
    return Stream.of(
        head(new Margin.None(), 1, FeatureNorm.KEEP, GradientMode.EXACT),
        head(new Margin.None(), 30, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Cosine(0.35), 64, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Angular(0.5, Guard.REFLECT), 30, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Angular(0.5, Guard.NONE), 64, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Angular(0.5, Guard.CLASSIC), 30, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Angular(0.5, Guard.EASY), 30, FeatureNorm.KEEP, GradientMode.EXACT),
        head(new Margin.Angular(0.5, Guard.NONE), 64, FeatureNorm.UNIT, GradientMode.DETACHED),
        head(new Margin.Combined(0.9, 0.4, 0.15), 64, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Multiplicative(4), 30, FeatureNorm.UNIT, GradientMode.EXACT),
        head(new Margin.Multiplicative(4), 1, FeatureNorm.KEEP, GradientMode.EXACT));
  }

  static Stream<AngularHead> unitHeads() {
    return angularHeads().filter(h -> h.featureNorm() == FeatureNorm.UNIT);
  }

  static Stream<AngularHead> witnessed() {
    return angularHeads()
        .filter(h -> h.gradient() == GradientMode.EXACT)
        .filter(h -> !(h.margin() instanceof Margin.Multiplicative))
        .filter(h -> !(h.margin() instanceof Margin.Angular a) || a.guard() == Guard.NONE);
  }

  private static AngularHead head(
      Margin margin, double scale, FeatureNorm norm, GradientMode gradient) {
    return new AngularHead(margin, scale, norm, gradient);
  }

  @ParameterizedTest
  @MethodSource("witnessed")
  void agreesWithAutomaticDifferentiation(AngularHead head) {
    Clouds in = Clouds.random(N, D, C, 1);
    Evaluated found = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    Witness witness = Witness.of(head, in.features(), in.centers(), in.labels());
    assertEquals(witness.loss(), found.loss(), 5e-6 * Math.max(1, witness.loss()));
    assertClose(witness.gradFeatures(), found.gradFeatures(), 2e-5);
    assertClose(witness.gradCenters(), found.gradCenters(), 2e-5);
  }

  @ParameterizedTest
  @MethodSource("heads")
  void gradientIsTheDifferenceQuotientOfTheLoss(Head head) {
    if (head instanceof AngularHead a && a.gradient() == GradientMode.DETACHED) {
      return; // by its definition
    }
    Clouds in = Clouds.random(6, 8, 5, 2);
    Evaluated at = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    Random random = new Random(3);
    for (int trial = 0; trial < 4; trial++) {
      float[][] dx = Clouds.gaussian(random, 6, 8);
      float[][] dw = Clouds.gaussian(random, 5, 8);
      double h = 2e-3;
      double quotient = (loss(head, in, dx, dw, h) - loss(head, in, dx, dw, -h)) / (2 * h);
      double slope = inner(at.gradFeatures(), dx) + inner(at.gradCenters(), dw);
      double size = Math.sqrt(inner(dx, dx) + inner(dw, dw));
      double steepest =
          Math.sqrt(
              inner(at.gradFeatures(), at.gradFeatures())
                  + inner(at.gradCenters(), at.gradCenters()));
      assertEquals(quotient, slope, 2e-2 * steepest * size / Math.sqrt(88), head.toString());
    }
  }

  private static double loss(Head head, Clouds in, float[][] dx, float[][] dw, double h) {
    return Evaluated.layer(
            head, moved(in.features(), dx, h), moved(in.centers(), dw, h), in.labels())
        .loss();
  }

  private static float[][] moved(float[][] from, float[][] by, double h) {
    float[][] moved = new float[from.length][from[0].length];
    for (int i = 0; i < from.length; i++) {
      for (int k = 0; k < from[i].length; k++) {
        moved[i][k] = (float) (from[i][k] + h * by[i][k]);
      }
    }
    return moved;
  }

  @ParameterizedTest
  @MethodSource("unitHeads")
  void normsOfFeaturesAndCentersDoNotMatter(AngularHead head) {
    Clouds in = Clouds.random(N, D, C, 4);
    double[] factors = new Random(5).doubles(C, -3, 3).map(e -> Math.pow(10, e)).toArray();
    Evaluated plain = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    Evaluated scaled =
        Evaluated.layer(
            head,
            Clouds.scaled(in.features(), factors),
            Clouds.scaled(in.centers(), factors),
            in.labels());
    assertEquals(plain.loss(), scaled.loss(), 5e-6 * Math.max(1, plain.loss()));
    // The gradient shrinks as the vector grows: times the norm it stays.
    assertClose(plain.gradFeatures(), rows(scaled.gradFeatures(), factors), 2e-5);
    assertClose(plain.gradCenters(), rows(scaled.gradCenters(), factors), 2e-5);
  }

  @ParameterizedTest
  @MethodSource("unitHeads")
  void gradientsAreTangentToTheSphere(AngularHead head) {
    Clouds in = Clouds.random(N, D, C, 6);
    Evaluated at = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    double largest = largestRow(at.gradFeatures());
    for (int i = 0; i < N; i++) {
      double radial = inner(at.gradFeatures()[i], in.features()[i]);
      assertTrue(Math.abs(radial) < 1e-5 * largest * D, "feature " + i + ": " + radial);
    }
    largest = largestRow(at.gradCenters());
    for (int j = 0; j < C; j++) {
      double radial = inner(at.gradCenters()[j], in.centers()[j]);
      assertTrue(Math.abs(radial) < 1e-5 * largest * D, "centre " + j + ": " + radial);
    }
  }

  @ParameterizedTest
  @MethodSource("heads")
  void permutingClassesPermutesTheAnswer(Head head) {
    Clouds in = Clouds.random(N, D, C, 7);
    float[][] centers = new float[C][];
    for (int j = 0; j < C; j++) {
      centers[(j * 7 + 3) % C] = in.centers()[j];
    }
    int[] labels = Arrays.stream(in.labels()).map(y -> (y * 7 + 3) % C).toArray();
    Evaluated plain = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    Evaluated permuted = Evaluated.layer(head, in.features(), centers, labels);
    assertEquals(plain.loss(), permuted.loss(), 5e-6 * Math.max(1, plain.loss()));
    assertClose(plain.gradFeatures(), permuted.gradFeatures(), 2e-5);
    double[][] back = new double[C][];
    for (int j = 0; j < C; j++) {
      back[j] = permuted.gradCenters()[(j * 7 + 3) % C];
    }
    assertClose(plain.gradCenters(), back, 2e-5);
  }

  @ParameterizedTest
  @MethodSource("heads")
  void oneHotLabelsAreTheSameAsNumbers(Head head) {
    Clouds in = Clouds.random(N, D, C, 8);
    Evaluated ids = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    Evaluated oneHot =
        Evaluated.layer(head, in.features(), in.centers(), in.labels(), 1, true, null);
    assertEquals(ids.loss(), oneHot.loss());
    assertArrayEquals(ids.gradCenters(), oneHot.gradCenters());
  }

  @ParameterizedTest
  @MethodSource("angularHeads")
  void withoutStrengthIsNormFace(AngularHead head) {
    Clouds in = Clouds.random(N, D, C, 9);
    Head plain =
        head(
            new Margin.None(),
            ((Scale.Fixed) head.scale()).value(),
            head.featureNorm(),
            GradientMode.EXACT);
    Evaluated expected = Evaluated.layer(plain, in.features(), in.centers(), in.labels());
    Evaluated found =
        Evaluated.layer(head, in.features(), in.centers(), in.labels(), 0, false, null);
    assertEquals(expected.loss(), found.loss(), 1e-6 * Math.max(1, expected.loss()));
    assertClose(expected.gradFeatures(), found.gradFeatures(), 1e-6);
    assertClose(expected.gradCenters(), found.gradCenters(), 1e-6);
  }

  @ParameterizedTest
  @MethodSource("heads")
  void outputsBelongTogether(Head head) {
    Clouds in = Clouds.random(N, D, C, 10);
    Evaluated at = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    for (int i = 0; i < N; i++) {
      double sum = 0;
      double largest = Arrays.stream(at.logits()[i]).max().orElseThrow();
      double total = Arrays.stream(at.logits()[i]).map(z -> Math.exp(z - largest)).sum();
      for (int j = 0; j < C; j++) {
        assertEquals(Math.exp(at.logits()[i][j] - largest) / total, at.probabilities()[i][j], 1e-5);
        sum += at.probabilities()[i][j];
        double cosine =
            inner(in.features()[i], in.centers()[j])
                / Math.sqrt(
                    inner(in.features()[i], in.features()[i])
                        * inner(in.centers()[j], in.centers()[j]));
        assertEquals(cosine, at.cosines()[i][j], 1e-6);
      }
      assertEquals(1, sum, 1e-5);
      int y = in.labels()[i];
      if (at.lossPerSample()[i] < 80) { // beyond, the probability is no float32
        assertEquals(-Math.log(at.probabilities()[i][y]), at.lossPerSample()[i], 1e-3);
      }
      assertEquals(Math.acos(at.cosines()[i][y]), at.angle()[i], 1e-5);
      if (head instanceof AngularHead) {
        double best = Arrays.stream(at.cosines()[i]).max().orElseThrow();
        assertEquals(at.cosines()[i][y] >= best ? 1 : 0, at.correct()[i]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("heads")
  void staysFiniteForEveryNormAndForZeroVectors(Head head) {
    Clouds in = Clouds.random(N, D, C, 11);
    double[] x = new double[N];
    double[] w = new double[C];
    for (int i = 0; i < N; i++) {
      x[i] = i == 0 ? 0 : Math.pow(10, -15 + 30.0 * i / (N - 1)) / Math.sqrt(D);
    }
    for (int j = 0; j < C; j++) {
      w[j] = j == in.labels()[1] ? 0 : Math.pow(10, 15 - 30.0 * j / (C - 1)) / Math.sqrt(D);
    }
    assertFinite(
        Evaluated.layer(
            head, Clouds.scaled(in.features(), x), Clouds.scaled(in.centers(), w), in.labels()));
    // On the center and opposite to it, exactly, and both zero.
    float[][] features = in.features().clone();
    features[0] = in.centers()[in.labels()[0]].clone();
    features[1] = Clouds.scaled(in.centers(), minusTwo())[in.labels()[1]];
    features[2] = new float[D];
    float[][] centers = in.centers().clone();
    centers[in.labels()[2]] = new float[D];
    assertFinite(Evaluated.layer(head, features, centers, in.labels()));
  }

  private static double[] minusTwo() {
    double[] factors = new double[C];
    Arrays.fill(factors, -2);
    return factors;
  }

  @ParameterizedTest
  @MethodSource("unitHeads")
  void aVectorOutOfRangeCountsAsZero(AngularHead head) {
    Clouds in = Clouds.random(4, D, 3, 12);
    float[][] tiny = Clouds.scaled(in.features(), new double[] {1e-22, 1e22, 1, 1});
    float[][] zero = Clouds.scaled(in.features(), new double[] {0, 0, 1, 1});
    Evaluated expected = Evaluated.layer(head, zero, in.centers(), in.labels());
    Evaluated found = Evaluated.layer(head, tiny, in.centers(), in.labels());
    assertEquals(expected.loss(), found.loss(), 1e-6 * Math.max(1, expected.loss()));
    assertEquals(Math.PI / 2, found.angle()[0], 1e-12);
    assertArrayEquals(new double[D], found.gradFeatures()[0], 1e-30);
    assertArrayEquals(new double[D], found.gradFeatures()[1], 1e-30);
  }

  @Test
  void notANumberInFeaturesReachesTheLoss() {
    Clouds in = Clouds.random(4, D, 3, 13);
    in.features()[2][5] = Float.NaN;
    Evaluated at =
        Evaluated.layer(AngularHead.arcFace(0.5, 30), in.features(), in.centers(), in.labels());
    assertTrue(Double.isNaN(at.loss()));
  }

  @Test
  void beforeAnythingIsLearntTheLossIsTheOneStated() {
    // All angles 90 degrees: ln(1 + (C - 1) e^(s sin m)), 32.88 for s 64, m 0.5, C 10.
    float[][] features = new float[3][20];
    float[][] centers = new float[10][20];
    for (int i = 0; i < 3; i++) {
      features[i][i] = 1;
    }
    for (int j = 0; j < 10; j++) {
      centers[j][10 + j] = 2;
    }
    Evaluated at =
        Evaluated.layer(AngularHead.arcFace(0.5, 64), features, centers, new int[] {0, 4, 9});
    assertEquals(Math.log1p(9 * Math.exp(64 * Math.sin(0.5))), at.loss(), 1e-4);
    assertEquals(32.88, at.loss(), 0.01);
  }

  /** The first of equal sub-centers gets all of the gradient, of the label and of the others. */
  @Test
  void theFirstOfEqualSubcentersWins() {
    Clouds in = Clouds.random(N, D, 7, 31);
    float[][] twice = new float[14][];
    for (int i = 0; i < 14; i++) {
      twice[i] = in.centers()[i / 2];
    }
    AngularHead head = AngularHead.arcFace(0.5, 30);
    Evaluated one = Evaluated.layer(head, in.features(), in.centers(), in.labels());
    Evaluated two = Evaluated.layer(head.withSubcenters(2), in.features(), twice, in.labels());
    assertEquals(one.loss(), two.loss(), 1e-6);
    assertClose(one.gradFeatures(), two.gradFeatures(), 1e-6);
    double[][] first = new double[7][];
    for (int j = 0; j < 7; j++) {
      first[j] = two.gradCenters()[2 * j];
      assertArrayEquals(new double[D], two.gradCenters()[2 * j + 1], 0.0);
    }
    assertClose(one.gradCenters(), first, 1e-6);
  }

  @Test
  void refusesShapesThatDoNotFit() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      var x = tf.constant(new float[4][5]);
      var w = tf.constant(new float[3][5]);
      Head head = AngularHead.arcFace(0.5, 30);
      assertRefused(
          "centers: expected [C, 5]",
          () ->
              MarginSoftmax.apply(
                  tf, head, x, tf.constant(new int[4]), tf.constant(new float[3][6])));
      assertRefused(
          "C at least 2",
          () ->
              MarginSoftmax.apply(
                  tf, head, x, tf.constant(new int[4]), tf.constant(new float[1][5])));
      assertRefused(
          "labels: expected one for each of the 4",
          () -> MarginSoftmax.apply(tf, head, x, tf.constant(new int[3]), w));
      assertRefused(
          "one-hot [N, 3]",
          () -> MarginSoftmax.apply(tf, head, x, tf.constant(new float[4][2]), w));
      assertRefused("scale", () -> AngularHead.arcFace(0.5, 0));
      assertRefused("scale", () -> AngularHead.arcFace(0.5, Double.NaN));
    }
  }

  private static void assertRefused(
      String message, org.junit.jupiter.api.function.Executable executable) {
    String found = assertThrows(IllegalArgumentException.class, executable).getMessage();
    assertTrue(found.contains(message), found);
  }

  private static void assertFinite(Evaluated at) {
    assertTrue(Double.isFinite(at.loss()), "loss " + at.loss());
    for (double[][] matrix :
        new double[][][] {
          at.gradFeatures(), at.gradCenters(), at.logits(), at.cosines(), at.probabilities()
        }) {
      for (int i = 0; i < matrix.length; i++) {
        for (double value : matrix[i]) {
          assertTrue(Double.isFinite(value), "row " + i + ": " + value);
        }
      }
    }
  }

  /** Rows' largest error over the norm of the largest row. */
  private static void assertClose(double[][] expected, double[][] found, double tolerance) {
    double largest = largestRow(expected);
    for (int i = 0; i < expected.length; i++) {
      double square = 0;
      for (int k = 0; k < expected[i].length; k++) {
        square += Math.pow(expected[i][k] - found[i][k], 2);
      }
      assertTrue(
          Math.sqrt(square) <= tolerance * largest,
          "row " + i + ": error " + Math.sqrt(square) / largest);
    }
  }

  private static double largestRow(double[][] rows) {
    return Arrays.stream(rows).mapToDouble(r -> Math.sqrt(inner(r, r))).max().orElseThrow();
  }

  private static double[][] rows(double[][] rows, double[] factors) {
    double[][] scaled = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      double factor = factors[i];
      scaled[i] = Arrays.stream(rows[i]).map(v -> v * factor).toArray();
    }
    return scaled;
  }

  private static double inner(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static double inner(double[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static double inner(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }

  private static double inner(double[][] a, float[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += inner(a[i], b[i]);
    }
    return sum;
  }

  private static double inner(double[][] a, double[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += inner(a[i], b[i]);
    }
    return sum;
  }

  private static double inner(float[][] a, float[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += inner(a[i], b[i]);
    }
    return sum;
  }
}

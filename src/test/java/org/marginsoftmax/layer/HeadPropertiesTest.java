package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.marginsoftmax.head.HeadProperty;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.run.HeadConfig;

/** What each head says of itself holds ({@link HeadProperty}), over random shapes and scales. */
class HeadPropertiesTest {
  private static final int TRIES = 15;

  /** Random inputs, and a head that suits them. */
  private record Case(Head head, Clouds in, double[] draws, Random random) {
    static Case of(String name, int n, int d, int c, double scale, long seed) {
      Random random = new Random(seed);
      // AdaCos' scale is 0 for two classes, which it refuses.
      int classes = name.startsWith("adacos") ? Math.max(c, 3) : c;
      int[] counts = random.ints(classes, 1, 1000).toArray();
      Head head = HeadConfig.named(name).head(classes, counts);
      if (head instanceof AngularHead a
          && a.scale() instanceof Scale.Fixed
          && a.featureNorm() == FeatureNorm.UNIT) {
        head =
            new AngularHead(
                a.margin(),
                new Scale.Fixed(scale),
                a.featureNorm(),
                a.gradient(),
                a.negatives(),
                a.subcenters(),
                a.labelSmoothing());
      }
      Clouds in =
          new Clouds(
              Clouds.gaussian(random, n, d),
              Clouds.gaussian(random, classes * head.subcenters(), d),
              random.ints(n, 0, classes).toArray());
      return new Case(
          head, in, random.doubles(n).map(u -> random.nextGaussian()).toArray(), random);
    }

    Evaluated evaluate() {
      return evaluate(in.features(), in.centers(), in.labels(), draws);
    }

    Evaluated evaluate(float[][] x, float[][] w, int[] y, double[] draws) {
      return Evaluated.layer(head, x, w, y, 1.0, false, draws);
    }

    double[] factors(int rows) {
      return random.doubles(rows, Math.log(1e-3), Math.log(1e3)).map(Math::exp).toArray();
    }
  }

  private static boolean has(String name, HeadProperty property) {
    return Heads.named(name).properties().contains(property);
  }

  @Provide
  Arbitrary<String> heads() {
    return Arbitraries.of(Heads.names());
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void normsOfFeaturesDoNotMatter(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 64) int n,
      @ForAll @IntRange(min = 2, max = 512) int d,
      @ForAll @IntRange(min = 2, max = 2000) int c,
      @ForAll @DoubleRange(min = 4, max = 64) double scale,
      @ForAll long seed) {
    if (!has(name, HeadProperty.FEATURE_NORM_FREE)) {
      return;
    }
    Case at = Case.of(name, n, d, c, scale, seed);
    float[][] scaled = Clouds.scaled(at.in.features(), at.factors(n));
    assertSame(
        at.evaluate(), at.evaluate(scaled, at.in.centers(), at.in.labels(), at.draws), scale, name);
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void normsOfCentresDoNotMatter(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 64) int n,
      @ForAll @IntRange(min = 2, max = 512) int d,
      @ForAll @IntRange(min = 2, max = 2000) int c,
      @ForAll @DoubleRange(min = 4, max = 64) double scale,
      @ForAll long seed) {
    if (!has(name, HeadProperty.CENTER_NORM_FREE)) {
      return;
    }
    Case at = Case.of(name, n, d, c, scale, seed);
    float[][] scaled = Clouds.scaled(at.in.centers(), at.factors(at.in.centers().length));
    assertSame(
        at.evaluate(),
        at.evaluate(at.in.features(), scaled, at.in.labels(), at.draws),
        scale,
        name);
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void orderOfClassesAndSamplesDoesNotMatter(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 64) int n,
      @ForAll @IntRange(min = 2, max = 512) int d,
      @ForAll @IntRange(min = 2, max = 2000) int c,
      @ForAll @DoubleRange(min = 4, max = 64) double scale,
      @ForAll long seed) {
    Case at = Case.of(name, n, d, c, scale, seed);
    if (!has(name, HeadProperty.ORDER_FREE)) {
      return;
    }
    int k = at.head.subcenters();
    int classes = at.in.centers().length / k;
    int[] newClass = permutation(classes, at.random);
    float[][] w = new float[at.in.centers().length][];
    for (int j = 0; j < w.length; j++) {
      w[newClass[j / k] * k + j % k] = at.in.centers()[j];
    }
    int[] newSample = permutation(n, at.random);
    float[][] x = new float[n][];
    int[] y = new int[n];
    double[] draws = new double[n];
    for (int i = 0; i < n; i++) {
      x[newSample[i]] = at.in.features()[i];
      y[newSample[i]] = newClass[at.in.labels()[i]];
      draws[newSample[i]] = at.draws[i];
    }
    Evaluated before = at.evaluate();
    Evaluated after = at.evaluate(x, w, y, draws);
    assertSame(before, after, scale, name);
    double largest = largest(before.gradCenters());
    for (int j = 0; j < w.length; j++) {
      assertClose(
          before.gradCenters()[j],
          after.gradCenters()[newClass[j / k] * k + j % k],
          1e-4 * largest,
          name);
    }
    largest = largest(before.gradFeatures());
    for (int i = 0; i < n; i++) {
      assertClose(
          before.gradFeatures()[i], after.gradFeatures()[newSample[i]], 1e-4 * largest, name);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void targetDecreasesWithTheAngle(
      @ForAll("heads") String name,
      @ForAll @DoubleRange(min = 0.01, max = 3.14) double angle,
      @ForAll @DoubleRange(min = 0.01, max = 3.14) double other,
      @ForAll @DoubleRange(min = 1, max = 200) double norm) {
    if (!has(name, HeadProperty.DECREASING)) {
      return;
    }
    Head head = HeadConfig.named(name).head(3, new int[] {5, 50, 500});
    assertTrue(
        labelLogit(head, Math.min(angle, other), norm)
            >= labelLogit(head, Math.max(angle, other), norm) - 1e-4 * norm,
        name + " at " + angle + " and " + other);
  }

  /** The label's logit of a feature at an angle to its center; the other classes lie elsewhere. */
  private static double labelLogit(Head head, double angle, double norm) {
    float[][] x = {{(float) (norm * Math.cos(angle)), (float) (norm * Math.sin(angle)), 0}};
    float[][] w = new float[3 * head.subcenters()][3];
    for (int j = 0; j < w.length; j++) {
      w[j][j / head.subcenters() == 0 ? 0 : 2] = j / head.subcenters() == 2 ? -1 : 1;
    }
    return Evaluated.layer(head, x, w, new int[] {0}, 1, false, new double[] {0}).logits()[0][0];
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void gradientsAreOrthogonalToTheirVectors(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 64) int n,
      @ForAll @IntRange(min = 2, max = 512) int d,
      @ForAll @IntRange(min = 2, max = 2000) int c,
      @ForAll @DoubleRange(min = 4, max = 64) double scale,
      @ForAll long seed) {
    Case at = Case.of(name, n, d, c, scale, seed);
    Evaluated found = at.evaluate();
    if (has(name, HeadProperty.FEATURE_ORTHOGONAL)) {
      assertOrthogonal(found.gradFeatures(), at.in.features(), name);
    }
    if (has(name, HeadProperty.CENTER_ORTHOGONAL)) {
      assertOrthogonal(found.gradCenters(), at.in.centers(), name);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void isNormFaceWhereTheMarginDoesNothing(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 64) int n,
      @ForAll @IntRange(min = 2, max = 512) int d,
      @ForAll @IntRange(min = 2, max = 2000) int c,
      @ForAll @DoubleRange(min = 4, max = 64) double scale,
      @ForAll long seed) {
    if (!has(name, HeadProperty.NORMFACE_WITHOUT_MARGIN)) {
      return;
    }
    Case at = Case.of(name, n, d, c, scale, seed);
    Evaluated found =
        Evaluated.layer(
            at.head, at.in.features(), at.in.centers(), at.in.labels(), 0, false, at.draws);
    Evaluated plain =
        Evaluated.layer(
            AngularHead.normFace(scale), at.in.features(), at.in.centers(), at.in.labels());
    assertSame(plain, found, scale, name);
    for (int i = 0; i < n; i++) {
      assertClose(
          plain.gradFeatures()[i],
          found.gradFeatures()[i],
          1e-4 * largest(plain.gradFeatures()),
          name);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void familiesMeet(
      @ForAll @IntRange(min = 1, max = 64) int n,
      @ForAll @IntRange(min = 2, max = 512) int d,
      @ForAll @IntRange(min = 2, max = 500) int c,
      @ForAll @DoubleRange(min = 4, max = 64) double scale,
      @ForAll @DoubleRange(min = 0, max = 1) double m,
      @ForAll long seed) {
    Clouds in = Clouds.random(n, d, c, seed);
    AngularHead arc =
        new AngularHead(
            new Margin.Angular(m, Guard.NONE), scale, FeatureNorm.UNIT, GradientMode.EXACT);
    AngularHead asArc =
        new AngularHead(new Margin.Combined(1, m, 0), scale, FeatureNorm.UNIT, GradientMode.EXACT);
    AngularHead asCos =
        new AngularHead(new Margin.Combined(1, 0, m), scale, FeatureNorm.UNIT, GradientMode.EXACT);
    assertEqual(in, arc, asArc, scale);
    assertEqual(in, AngularHead.cosFace(m, scale), asCos, scale);
    assertEqual(
        in, AngularHead.arcFace(m, scale), AngularHead.arcFace(m, scale).withSubcenters(1), scale);
  }

  private static void assertEqual(Clouds in, Head expected, Head found, double scale) {
    Evaluated a = Evaluated.layer(expected, in.features(), in.centers(), in.labels());
    Evaluated b = Evaluated.layer(found, in.features(), in.centers(), in.labels());
    assertSame(a, b, scale, found.toString());
    for (int j = 0; j < a.gradCenters().length; j++) {
      assertClose(
          a.gradCenters()[j], b.gradCenters()[j], 1e-5 * largest(a.gradCenters()), "centre");
    }
  }

  /** Loss and cosines of the same samples, whatever their order. */
  private static void assertSame(Evaluated a, Evaluated b, double scale, String name) {
    assertEquals(a.loss(), b.loss(), 2e-5 * Math.max(scale, a.loss()), name);
    double[] x = a.lossPerSample().clone();
    double[] y = b.lossPerSample().clone();
    Arrays.sort(x);
    Arrays.sort(y);
    for (int i = 0; i < x.length; i++) {
      assertEquals(x[i], y[i], 1e-4 * Math.max(scale, x[i]), name);
    }
  }

  private static void assertClose(double[] a, double[] b, double tolerance, String name) {
    for (int k = 0; k < a.length; k++) {
      assertEquals(a[k], b[k], tolerance, name);
    }
  }

  /** Each row's part along its vector, over the largest row. */
  private static void assertOrthogonal(double[][] gradients, float[][] vectors, String name) {
    double largest = Math.max(largest(gradients), 1e-30);
    for (int i = 0; i < gradients.length; i++) {
      double dot = 0;
      double square = 0;
      for (int k = 0; k < vectors[i].length; k++) {
        dot += gradients[i][k] * vectors[i][k];
        square += vectors[i][k] * vectors[i][k];
      }
      assertTrue(
          Math.abs(dot) / Math.sqrt(square) <= 2e-5 * largest,
          name + " row " + i + ": " + Math.abs(dot) / Math.sqrt(square) / largest);
    }
  }

  private static double largest(double[][] rows) {
    double largest = 0;
    for (double[] row : rows) {
      largest = Math.max(largest, Math.sqrt(Arrays.stream(row).map(v -> v * v).sum()));
    }
    return largest;
  }

  private static int[] permutation(int n, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      order.add(i);
    }
    java.util.Collections.shuffle(order, random);
    return order.stream().mapToInt(Integer::intValue).toArray();
  }
}

package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.run.HeadConfig;

/**
 * Every head computes in bfloat16, by either kernels, what it computes in float32, up to the
 * rounding of bfloat16, and the label's column to the bit; and by the kernels of oneDNN what it
 * computes by TensorFlow's own.
 */
class PrecisionTest {
  /** The largest relative error of rounding to 8 bits. */
  private static final double ROUNDING = 1.0 / (1 << 8);

  /** Their scale, a factor of the features, has more than 8 bits. */
  private static final Set<String> ADAPTIVE_SCALES = Set.of("adacos", "adacos-fixed");

  /** Their logits jump where a class passes the label, or are steep near the center. */
  private static final Set<String> UNSTEADY =
      Set.of("curricularface", "mv-arc", "mv-am", "linear-angle");

  @Provide
  Arbitrary<String> heads() {
    return Arbitraries.of(Heads.names());
  }

  /** Coordinates of 1 and -1 in 4^k dimensions: unit features and products have few bits. */
  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void whatNeedsNoRoundingIsExact(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 3, max = 4) int k,
      @ForAll @IntRange(min = 3, max = 60) int c,
      @ForAll @IntRange(min = 1, max = 60) int block,
      @ForAll long seed) {
    Random random = new Random(seed);
    Both both =
        Both.of(
            random,
            name,
            signs(random, n, 1 << 2 * k),
            1 << 2 * k,
            c,
            block,
            true,
            bfloat16(random));
    both.assertLabelsExact();
    if (ADAPTIVE_SCALES.contains(name)) {
      return;
    }
    assertEquals(both.exact.loss(), both.found.loss(), 2e-6 * Math.max(1, both.exact.loss()), name);
    assertClose(both.exact.logits(), both.found.logits(), 1e-6, name + " logits");
    assertClose(both.exact.probabilities(), both.found.probabilities(), 2e-5, name);
    // Logits are the same; gradients of them are rounded once, and so are their sums.
    assertClose(both.exact.gradFeatures(), both.found.gradFeatures(), 4 * ROUNDING, name);
    assertClose(both.exact.gradCenters(), both.found.gradCenters(), 4 * ROUNDING, name);
  }

  /** A cosine is rounded three times: the feature, the center, and the product. */
  @Property(tries = 80, shrinking = ShrinkingMode.OFF)
  void anythingIsRounded(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 2, max = 64) int d,
      @ForAll @IntRange(min = 3, max = 60) int c,
      @ForAll @IntRange(min = 1, max = 60) int block,
      @ForAll long seed) {
    Random random = new Random(seed);
    Both both =
        Both.of(random, name, Clouds.gaussian(random, n, d), d, c, block, false, bfloat16(random));
    both.assertLabelsExact();
    assertEquals(
        both.exact.loss(), both.found.loss(), 0.02 + 0.05 * Math.abs(both.exact.loss()), name);
    if (!UNSTEADY.contains(name)) {
      assertClose(both.exact.logits(), both.found.logits(), 6 * ROUNDING, name + " logits");
      // Probabilities, which are factors of the gradients, are off by e^(2 z) where logits are by
      // z.
      double share =
          32 * ROUNDING + Math.expm1(2 * largest(both.exact.logits(), both.found.logits()));
      assertClose(both.exact.gradFeatures(), both.found.gradFeatures(), share, name);
      assertClose(both.exact.gradCenters(), both.found.gradCenters(), share, name);
    }
    if (n * c > 40 && d > 8) {
      assertDifferent(both.exact.logits(), both.found.logits(), name + " logits");
      assertDifferent(both.exact.gradFeatures(), both.found.gradFeatures(), name + " features");
      assertDifferent(both.exact.gradCenters(), both.found.gradCenters(), name + " centers");
    }
  }

  /** The kernels of oneDNN compute what TensorFlow's own do, for every head. */
  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void kernelsOfOneDnnAreAsExact(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 2, max = 64) int d,
      @ForAll @IntRange(min = 3, max = 60) int c,
      @ForAll @IntRange(min = 1, max = 60) int block,
      @ForAll long seed) {
    Random random = new Random(seed);
    Both both =
        Both.of(
            random,
            name,
            Clouds.gaussian(random, n, d),
            d,
            c,
            block,
            false,
            Precision.FLOAT32_BY_ONEDNN);
    both.assertLabelsExact();
    assertEquals(both.exact.loss(), both.found.loss(), 1e-6 * Math.max(1, both.exact.loss()), name);
    assertClose(both.exact.gradFeatures(), both.found.gradFeatures(), 1e-5, name + " features");
    assertClose(both.exact.gradCenters(), both.found.gradCenters(), 1e-5, name + " centers");
  }

  /** A feature so near its center that bfloat16 cannot tell them apart. */
  @Test
  void aLearntSampleKeepsItsAngle() {
    Head head = AngularHead.arcFace(0.5, 64);
    Random random = new Random(1);
    float[][] w = signs(random, 50, 256);
    float[][] x = {w[7].clone(), w[8].clone()};
    for (int i = 0; i < 256; i++) {
      x[0][i] += 1e-3f * w[3][i];
      x[1][i] += 2e-3f * w[3][i];
    }
    int[] y = {7, 8};
    Evaluated exact = Evaluated.blocks(head, x, w, y, null, 50, Precision.FLOAT32);
    Evaluated found = Evaluated.blocks(head, x, w, y, null, 50, Precision.BFLOAT16);
    assertArrayEquals(exact.angle(), found.angle());
    assertEquals(1e-3, found.angle()[0], 1e-4);
    for (int i = 0; i < 2; i++) {
      double loss = exact.lossPerSample()[i];
      assertTrue(loss < 1e-15, "learnt: " + loss);
      assertEquals(loss, found.lossPerSample()[i], 0.02 * loss);
    }
  }

  /** By either kernels. */
  private static Precision bfloat16(Random random) {
    return random.nextBoolean() ? Precision.BFLOAT16 : Precision.BFLOAT16_BY_FLOAT32;
  }

  private record Both(String name, Evaluated exact, Evaluated found) {
    static Both of(
        Random random,
        String name,
        float[][] x,
        int d,
        int c,
        int block,
        boolean signs,
        Precision precision) {
      HeadConfig config = HeadConfig.named(name);
      if (signs && Heads.named(name).options().stream().anyMatch(o -> o.name().equals("scale"))) {
        config = config.with("scale", "32");
      }
      Head head = config.head(c, random.ints(c, 1, 1000).toArray());
      int rows = c * head.subcenters();
      float[][] w = signs ? signs(random, rows, d) : Clouds.gaussian(random, rows, d);
      int[] y = random.ints(x.length, 0, c).toArray();
      double[] draws = random.doubles(x.length).map(u -> random.nextGaussian()).toArray();
      int size = Math.min(c, block);
      return new Both(
          name,
          Evaluated.blocks(head, x, w, y, draws, size, Precision.FLOAT32),
          Evaluated.blocks(head, x, w, y, draws, size, precision));
    }

    void assertLabelsExact() {
      assertArrayEquals(exact.angle(), found.angle(), name);
    }
  }

  private static float[][] signs(Random random, int rows, int columns) {
    float[][] signs = new float[rows][columns];
    for (float[] row : signs) {
      for (int i = 0; i < columns; i++) {
        row[i] = random.nextBoolean() ? 1 : -1;
      }
    }
    return signs;
  }

  private static void assertClose(double[][] a, double[][] b, double share, String what) {
    double difference = difference(a, b);
    assertTrue(difference <= share, () -> what + ": " + difference);
  }

  private static void assertDifferent(double[][] a, double[][] b, String what) {
    double difference = difference(a, b);
    assertTrue(difference > 1e-5, () -> what + ": " + difference);
  }

  /** The largest difference, relative to the largest value. */
  private static double difference(double[][] a, double[][] b) {
    double[][] zeros = new double[a.length][a.length == 0 ? 0 : a[0].length];
    return largest(a, b) / Math.max(1e-30, largest(a, zeros));
  }

  private static double largest(double[][] a, double[][] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        largest = Math.max(largest, Math.abs(a[i][j] - b[i][j]));
      }
    }
    return largest;
  }
}

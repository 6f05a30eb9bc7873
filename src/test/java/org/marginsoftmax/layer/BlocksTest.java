package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.run.HeadConfig;

/** Every head computes the same on centers in blocks of any size as on centers in one. */
class BlocksTest {
  @Provide
  Arbitrary<String> heads() {
    return Arbitraries.of(Heads.names());
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  void blocksAreOne(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 2, max = 64) int d,
      @ForAll @IntRange(min = 3, max = 60) int c,
      @ForAll @IntRange(min = 1, max = 60) int block,
      @ForAll long seed) {
    Random random = new Random(seed);
    Head head = HeadConfig.named(name).head(c, random.ints(c, 1, 1000).toArray());
    float[][] x = Clouds.gaussian(random, n, d);
    float[][] w = Clouds.gaussian(random, c * head.subcenters(), d);
    int[] y = random.ints(n, 0, c).toArray();
    double[] draws = random.doubles(n).map(u -> random.nextGaussian()).toArray();
    Evaluated one = Evaluated.layer(head, x, w, y, 1.0, false, draws);
    Evaluated several = Evaluated.blocks(head, x, w, y, draws, Math.min(c, block));
    assertEquals(one.loss(), several.loss(), 2e-6 * Math.max(1, one.loss()), name);
    close(one.logits(), several.logits(), 1e-6, name + " logits");
    close(one.cosines(), several.cosines(), 1e-6, name + " cosines");
    close(one.probabilities(), several.probabilities(), 2e-5, name + " probabilities");
    close(one.gradFeatures(), several.gradFeatures(), 2e-5, name + " features");
    close(one.gradCenters(), several.gradCenters(), 2e-5, name + " centers");
    one.state()
        .forEach(
            (key, value) ->
                assertEquals(value, several.state().get(key), 1e-5 * Math.abs(value), name));
    for (int i = 0; i < n; i++) {
      assertEquals(one.correct()[i], several.correct()[i], name);
    }
  }

  private static void close(double[][] a, double[][] b, double share, String what) {
    assertEquals(a.length, b.length, what);
    double largest = 1e-30;
    for (double[] row : a) {
      for (double v : row) {
        largest = Math.max(largest, Math.abs(v));
      }
    }
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        assertEquals(a[i][j], b[i][j], share * largest, what + " " + i + " " + j);
      }
    }
  }
}

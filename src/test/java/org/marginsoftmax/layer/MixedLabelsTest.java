package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.run.HeadConfig;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A head on samples that are mixtures: a mixture of two losses, computed in one graph. */
class MixedLabelsTest {
  private static final int CLASSES = 12;
  private static final int[] COUNTS = new Random(3).ints(CLASSES, 1, 500).toArray();

  private static Head head(String name) {
    return HeadConfig.named(name).head(CLASSES, COUNTS);
  }

  private static Stream<String> mixing() {
    return Heads.names().stream().filter(name -> head(name).mixes());
  }

  @Test
  void headsWithoutStateOrLossesOfTheBatchTakeMixtures() {
    assertEquals(
        List.of(
            "softmax",
            "modified-softmax",
            "normface",
            "l-softmax",
            "sphereface",
            "cosface",
            "arcface",
            "combined",
            "subcenter-arcface",
            "adacos-fixed",
            "magface",
            "linear-angle",
            "circle",
            "ldam",
            "mv-arc",
            "mv-am"),
        mixing().toList());
  }

  /** In separate graphs, so that nothing that the two losses share hides a fault. */
  @Test
  void lossAndGradientsAreTheMixturesOfThoseOfEachLabel() {
    for (String name : mixing().toList()) {
      Head head = head(name);
      Random random = new Random(8);
      float[][] x = Clouds.gaussian(random, 9, 6);
      float[][] w = Clouds.gaussian(random, CLASSES * head.subcenters(), 6);
      int[] own = random.ints(9, 0, CLASSES).toArray();
      int[] others = random.ints(9, 0, CLASSES).toArray();
      others[4] = own[4];
      Evaluated first = Evaluated.layer(head, x, w, own);
      Evaluated second = Evaluated.layer(head, x, w, others);
      for (float share : new float[] {0.7f, 1, 0.5f}) {
        Evaluated mixed =
            Evaluated.run(
                tf -> {
                  Operand<TFloat32> features = tf.constant(x);
                  Operand<TFloat32> centers = tf.constant(w);
                  return applied(tf, head, features, own, centers)
                      .mixedWith(
                          tf, applied(tf, head, features, others, centers), tf.constant(share));
                });
        assertEquals(mixture(first.loss(), second.loss(), share), mixed.loss(), 1e-4, name);
        assertMixed(
            new double[][] {first.lossPerSample()},
            new double[][] {second.lossPerSample()},
            share,
            new double[][] {mixed.lossPerSample()},
            name);
        assertMixed(first.gradFeatures(), second.gradFeatures(), share, mixed.gradFeatures(), name);
        assertMixed(first.gradCenters(), second.gradCenters(), share, mixed.gradCenters(), name);
        assertArrayEquals(first.angle(), mixed.angle(), 1e-9, name);
      }
    }
  }

  private static HeadOutput applied(
      Ops tf, Head head, Operand<TFloat32> features, int[] labels, Operand<TFloat32> centers) {
    return MarginSoftmax.apply(tf, head, features, tf.constant(labels), centers);
  }

  private static double mixture(double own, double other, double share) {
    return share * own + (1 - share) * other;
  }

  private static void assertMixed(
      double[][] own, double[][] other, double share, double[][] found, String name) {
    for (int i = 0; i < own.length; i++) {
      for (int k = 0; k < own[i].length; k++) {
        double expected = mixture(own[i][k], other[i][k], share);
        assertEquals(expected, found[i][k], 1e-5 * Math.max(1, Math.abs(expected)), name);
      }
    }
  }

  /** What they claim: a sample's loss is the same alone and in a batch. */
  @Test
  void aSampleHasItsLossWhateverElseIsInTheBatch() {
    for (String name : mixing().toList()) {
      Head head = head(name);
      Random random = new Random(5);
      float[][] x = Clouds.gaussian(random, 7, 6);
      float[][] w = Clouds.gaussian(random, CLASSES * head.subcenters(), 6);
      int[] labels = random.ints(7, 0, CLASSES).toArray();
      double[] together = Evaluated.layer(head, x, w, labels).lossPerSample();
      for (int i = 0; i < 7; i++) {
        double alone = Evaluated.layer(head, new float[][] {x[i]}, w, new int[] {labels[i]}).loss();
        assertEquals(together[i], alone, 1e-4 * Math.max(1, alone), name);
      }
    }
  }
}

package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.framework.losses.CategoricalCrossentropy;
import org.tensorflow.framework.op.FrameworkOps;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** TensorFlow Framework, where it is right, as one more witness of the layer. */
class FrameworkTest {
  private final Clouds in = Clouds.random(16, 24, 9, 5);

  @Test
  void lossIsTheFrameworksCrossEntropyOfTheLogits() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> oneHot =
          tf.oneHot(tf.constant(in.labels()), tf.constant(9), tf.constant(1f), tf.constant(0f));
      HeadOutput out =
          MarginSoftmax.apply(
              tf,
              AngularHead.arcFace(0.5, 30),
              tf.constant(in.features()),
              oneHot,
              tf.constant(in.centers()));
      Operand<TFloat32> expected = new CategoricalCrossentropy(true).call(tf, oneHot, out.logits());
      assertEquals(
          Evaluated.scalar(session, expected), Evaluated.scalar(session, out.loss()), 1e-5);
    }
  }

  @Test
  void normalizeIsTheFrameworksL2Normalize() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> x = tf.constant(in.features());
      Operand<TFloat32> apart =
          tf.math.sub(
              MarginSoftmax.normalize(tf, x),
              FrameworkOps.create(tf).math.l2Normalize(x, new int[] {1}));
      assertEquals(
          0,
          Evaluated.scalar(
              session, tf.reduceMax(tf.math.abs(apart), tf.constant(new int[] {0, 1}))),
          1e-6);
    }
  }
}

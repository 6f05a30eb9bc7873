package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class BackpropagationTest {
  private static List<Operand<TFloat32>> gradients(
      BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> features) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variable weights =
          new Variables(tf, 0)
              .get("w", Shape.of(2, 3), Variable.Role.KERNEL, Initializer.glorotUniform());
      Operand<TFloat32> made = features.apply(tf, weights.value());
      List<Operand<TFloat32>> found =
          Backpropagation.gradients(graph, made, tf.onesLike(made), List.of(weights));
      assertEquals(Shape.of(2, 3), found.get(0).shape());
      return found;
    }
  }

  private static void refused(
      BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> features, String... words) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> gradients(features)).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }

  @Test
  void goesThroughOperationsWithAGradient() {
    assertEquals(1, gradients((tf, w) -> tf.math.tanh(w)).size());
  }

  @Test
  void namesAnOperationWithoutAGradient() {
    refused(
        (tf, w) ->
            tf.withName("here")
                .image
                .adjustHue(tf.reshape(w, tf.array(1, 1, 2, 3)), tf.constant(0.1f)),
        "here (AdjustHue)",
        "`freeze`");
  }

  @Test
  void namesAVariableThatNoGradientReaches() {
    refused((tf, w) -> tf.withName("here").stopGradient(w), "'w'", "here (StopGradient)");
  }
}

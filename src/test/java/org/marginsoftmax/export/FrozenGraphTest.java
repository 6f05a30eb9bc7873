package org.marginsoftmax.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/** Graphs without variables. */
class FrozenGraphTest {
  /**
   * What a recurrent layer keeps its steps in: a list that no input reaches, and no constant is.
   */
  @Test
  void aListOfTensorsStaysWhatMakesIt() {
    try (Graph graph = new Graph();
        Session session = new Session(graph);
        TFloat32 given = TFloat32.vectorOf(3, 5)) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(2)));
      Operand<TInt32> sizes = tf.math.add(tf.constant(new int[] {1}), tf.constant(new int[] {1}));
      Operand<? extends TType> list = tf.tensorListReserve(sizes, tf.constant(2), TFloat32.class);
      Operand<? extends TType> filled = tf.tensorListSetItem(list, tf.constant(1), x);
      Operand<TFloat32> stacked = tf.tensorListStack(filled, sizes, TFloat32.class);
      tf.withName("y").identity(stacked);
      GraphDef frozen = FrozenGraph.of(graph, session, List.of("y"));
      assertTrue(
          frozen.getNodeList().stream().anyMatch(node -> node.getOp().equals("TensorListReserve")));
      // The sum of constants is one.
      assertTrue(frozen.getNodeList().stream().noneMatch(node -> node.getOp().startsWith("Add")));
      try (Graph again = new Graph()) {
        again.importGraphDef(frozen);
        try (Session second = new Session(again);
            Result result = second.runner().feed("x", given).fetch("y").run()) {
          TFloat32 y = (TFloat32) result.get(0);
          float[] row = {y.getFloat(1, 0), y.getFloat(1, 1)};
          assertArrayEquals(new float[] {3, 5}, row);
        }
      }
    }
  }
}

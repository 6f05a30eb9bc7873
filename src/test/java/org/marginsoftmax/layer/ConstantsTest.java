package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

class ConstantsTest {
  /** Each has its own operation and its value, of whatever type, sign, size and shape. */
  @Test
  void constantsAreOnceInTheGraph() {
    float[] floats = {
      0f, -0f, 1f, -1f, 1e-18f, 1e18f, Float.MIN_VALUE, -Float.MAX_VALUE, 0.1f, 1f / 3
    };
    int[] ints = {0, 1, -1, 7, Integer.MIN_VALUE, Integer.MAX_VALUE};
    int[][] lists = {{}, {1}, {-1}, {1, 1}, {11}, {-1, 1}, {1, -1}, {0, 0, 0}};
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Ops later = tf.withControlDependencies(tf.noOp());
      Set<String> names = new HashSet<>();
      for (float value : floats) {
        Operand<TFloat32> constant = Constants.of(tf, value);
        assertOnce(constant, Constants.of(later, value), names);
        try (var run = session.runner().fetch(constant).run()) {
          float found = ((TFloat32) run.get(0)).getFloat();
          assertEquals(Float.floatToRawIntBits(value), Float.floatToRawIntBits(found));
        }
      }
      for (int value : ints) {
        Operand<TInt32> constant = Constants.of(tf, value);
        assertOnce(constant, Constants.of(later, value), names);
        try (var run = session.runner().fetch(constant).run()) {
          assertEquals(value, ((TInt32) run.get(0)).getInt());
        }
      }
      for (int[] list : lists) {
        assertOnce(Constants.of(tf, list), Constants.of(later, list), names);
        long[] longs = new long[list.length];
        for (int i = 0; i < list.length; i++) {
          longs[i] = list[i];
        }
        Operand<TInt64> constant = Constants.of(tf, longs);
        assertOnce(constant, Constants.of(later, longs), names);
        try (var run = session.runner().fetch(constant).fetch(Constants.of(tf, list)).run()) {
          assertEquals(list.length, run.get(0).shape().get(0));
          for (int i = 0; i < list.length; i++) {
            assertEquals(list[i], ((TInt64) run.get(0)).getLong(i));
            assertEquals(list[i], ((TInt32) run.get(1)).getInt(i));
          }
        }
      }
      for (long[] shape : List.of(new long[] {1, 3}, new long[] {3, 1}, new long[] {3})) {
        Operand<TFloat32> filled = Constants.filled(tf, shape, 2);
        assertOnce(filled, Constants.filled(later, shape, 2), names);
        assertNotEquals(filled.op().name(), Constants.filled(tf, shape, -2).op().name());
        try (var run = session.runner().fetch(filled).run()) {
          ((TFloat32) run.get(0)).scalars().forEach(v -> assertEquals(2, v.getFloat()));
          assertEquals(shape.length, run.get(0).rank());
        }
      }
      Operand<TInt64> zero = Constants.zeroAtRunTime(later);
      assertOnce(zero, Constants.zeroAtRunTime(tf), names);
      assertEquals("RandomUniformInt", zero.op().type());
      try (var run = session.runner().fetch(zero).run()) {
        assertEquals(0, ((TInt64) run.get(0)).getLong());
      }
    }
  }

  private static void assertOnce(Operand<?> first, Operand<?> again, Set<String> names) {
    assertEquals(first.op().name(), again.op().name());
    assertTrue(names.add(first.op().name()), first.op().name());
    // A constant that came after something else would be made anew in each step.
    assertEquals(0, ((GraphOperation) again.op()).numControlInputs(), first.op().name());
  }
}

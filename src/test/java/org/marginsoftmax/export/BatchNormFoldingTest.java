package org.marginsoftmax.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** Freezing and folding against the graph with its variables and its batch norm. */
class BatchNormFoldingTest {
  private static final List<Long> STRIDE = List.of(1L, 1L, 1L, 1L);
  private final Random random = new Random(3);

  private Operand<TFloat32> variable(
      Ops tf, List<Op> inits, String name, double low, long... shape) {
    float[] values = new float[(int) Shape.of(shape).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (low + random.nextDouble());
    }
    VarHandleOp handle =
        tf.varHandleOp(TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(name));
    inits.add(
        tf.assignVariableOp(
            handle, tf.constant(Shape.of(shape), DataBuffers.of(values, true, false))));
    return tf.readVariableOp(handle, TFloat32.class);
  }

  private Operand<TFloat32> norm(Ops tf, List<Op> inits, String name, Operand<TFloat32> x, long d) {
    return tf.nn
        .fusedBatchNorm(
            x,
            variable(tf, inits, name + "g", 0.5, d),
            variable(tf, inits, name + "b", -0.5, d),
            variable(tf, inits, name + "m", -0.5, d),
            variable(tf, inits, name + "v", 0.2, d),
            FusedBatchNorm.isTraining(false))
        .y();
  }

  private interface Build {
    Operand<TFloat32> output(Ops tf, List<Op> inits, Operand<TFloat32> images);
  }

  /** Builds, freezes, folds, compares; the operations that are left. */
  private List<String> fold(Build build) {
    float[] pixels = new float[2 * 5 * 5 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    try (Graph graph = new Graph();
        TFloat32 images =
            TFloat32.tensorOf(Shape.of(2, 5, 5, 3), DataBuffers.of(pixels, true, false))) {
      Ops tf = Ops.create(graph);
      List<Op> inits = new ArrayList<>();
      Placeholder<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 5, 5, 3)));
      tf.withName("y").identity(build.output(tf, inits, x));
      try (Session session = new Session(graph)) {
        inits.forEach(session::run);
        GraphDef frozen = FrozenGraph.of(graph, session, List.of("x", "y"));
        GraphDef folded = BatchNormFolding.fold(frozen, List.of("x", "y"));
        float[] expected = values(session, images);
        assertArrayEquals(expected, run(frozen, images), 1e-5f);
        assertArrayEquals(expected, run(folded, images), 1e-5f);
        refusesMoreThanAGraphHolds(graph, session);
        return folded.getNodeList().stream().map(n -> n.getOp()).toList();
      }
    }
  }

  private static void refusesMoreThanAGraphHolds(Graph graph, Session session) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> FrozenGraph.of(graph, session, List.of("x", "y"), 100))
            .getMessage();
    assertTrue(message.contains("as much as one graph holds"), message);
  }

  private static float[] values(Session session, TFloat32 images) {
    try (Result result = session.runner().feed("x", images).fetch("y").run()) {
      TFloat32 y = (TFloat32) result.get(0);
      float[] values = new float[(int) y.size()];
      y.asRawTensor().data().asFloats().read(values);
      return values;
    }
  }

  private static float[] run(GraphDef definition, TFloat32 images) {
    try (Graph graph = new Graph()) {
      graph.importGraphDef(definition);
      try (Session session = new Session(graph)) {
        return values(session, images);
      }
    }
  }

  private static void assertFolded(List<String> operations) {
    assertTrue(!operations.contains("FusedBatchNormV3") && !operations.contains("VarHandleOp"));
  }

  @Test
  void behindConvolutions() {
    List<String> left =
        fold(
            (tf, i, x) ->
                norm(
                    tf,
                    i,
                    "n",
                    tf.nn.conv2d(x, variable(tf, i, "k", -0.5, 3, 3, 3, 4), STRIDE, "SAME"),
                    4));
    assertFolded(left);
    assertEquals(1, left.stream().filter("BiasAdd"::equals).count());
    assertFolded(
        fold(
            (tf, i, x) ->
                norm(
                    tf,
                    i,
                    "n",
                    tf.nn.depthwiseConv2dNative(
                        x, variable(tf, i, "k", -0.5, 3, 3, 3, 2), STRIDE, "SAME"),
                    6)));
  }

  @Test
  void theBiasBetweenIsMoved() {
    List<String> left =
        fold(
            (tf, i, x) ->
                norm(
                    tf,
                    i,
                    "n",
                    tf.nn.biasAdd(
                        tf.nn.conv2d(x, variable(tf, i, "k", -0.5, 3, 3, 3, 4), STRIDE, "VALID"),
                        variable(tf, i, "c", 0, 4)),
                    4));
    assertFolded(left);
    assertEquals(1, left.stream().filter("BiasAdd"::equals).count());
  }

  @Test
  void behindDenseLayers() {
    assertFolded(
        fold(
            (tf, i, x) -> {
              Operand<TFloat32> dense =
                  tf.linalg.matMul(
                      tf.reshape(x, tf.array(-1, 75)), variable(tf, i, "k", -0.5, 75, 4));
              return tf.reshape(
                  norm(tf, i, "n", tf.reshape(dense, tf.array(-1L, 1, 1, 4)), 4), tf.array(-1L, 4));
            }));
    // As Keras 3 writes it.
    List<String> left =
        fold(
            (tf, i, x) -> {
              Operand<TFloat32> dense =
                  tf.linalg.matMul(
                      tf.reshape(x, tf.array(-1, 75)), variable(tf, i, "k", -0.5, 75, 4));
              Operand<TFloat32> scale =
                  tf.math.mul(
                      tf.math.rsqrt(variable(tf, i, "v", 0.2, 4)), variable(tf, i, "g", 0.5, 4));
              return tf.math.add(tf.math.mul(dense, scale), variable(tf, i, "s", -0.5, 4));
            });
    assertTrue(!left.contains("Mul") && !left.contains("Rsqrt"), left.toString());
  }

  /** Where a layer's own output is used too, or its kernel by another, those stay as they were. */
  @Test
  void whatOthersUseStays() {
    List<String> left =
        fold(
            (tf, i, x) -> {
              Operand<TFloat32> conv =
                  tf.nn.conv2d(x, variable(tf, i, "k", -0.5, 3, 3, 3, 4), STRIDE, "SAME");
              return tf.math.add(norm(tf, i, "n", conv, 4), conv);
            });
    assertTrue(left.contains("FusedBatchNormV3"));
    assertFolded(
        fold(
            (tf, i, x) -> {
              Operand<TFloat32> kernel = variable(tf, i, "k", -0.5, 3, 3, 3, 3);
              BiFunction<Operand<TFloat32>, String, Operand<TFloat32>> layer =
                  (in, name) -> norm(tf, i, name, tf.nn.conv2d(in, kernel, STRIDE, "SAME"), 3);
              return layer.apply(layer.apply(x, "n"), "o");
            }));
  }

  /** A nonlinearity between a layer and its norm is no place to fold through. */
  @Test
  void notThroughARelu() {
    assertTrue(
        fold((tf, i, x) ->
                norm(
                    tf,
                    i,
                    "n",
                    tf.nn.relu(
                        tf.nn.conv2d(x, variable(tf, i, "k", -0.5, 3, 3, 3, 4), STRIDE, "SAME")),
                    4))
            .contains("FusedBatchNormV3"));
  }
}

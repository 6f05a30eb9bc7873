package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class VariablesTest {
  private static float[] values(Session session, Operand<TFloat32> operand) {
    try (var result = session.runner().fetch(operand).run()) {
      TFloat32 tensor = (TFloat32) result.get(0);
      float[] values = new float[(int) tensor.size()];
      int i = 0;
      for (var scalar : tensor.scalars()) {
        values[i++] = scalar.getFloat();
      }
      return values;
    }
  }

  private static float[] first(Initializer initializer, Shape shape, long seed, String name) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Variables variables = new Variables(Ops.create(graph), seed);
      Variable v = variables.get(name, shape, Variable.Role.KERNEL, initializer);
      session.run(variables.initialize());
      return values(session, v.value());
    }
  }

  @Test
  void heNormalHasTheVarianceOfItsFanIn() {
    float[] values = first(Initializer.heNormal(), Shape.of(3, 3, 64, 128), 1, "k");
    double expected = Math.sqrt(2.0 / (9 * 64));
    assertEquals(expected, deviation(values), 0.01 * expected);
    for (float value : values) {
      assertTrue(Math.abs(value) <= 2 * expected / 0.8796 + 1e-6);
    }
  }

  @Test
  void glorotUniformHasItsLimit() {
    float[] values = first(Initializer.glorotUniform(), Shape.of(300, 128), 1, "k");
    double limit = Math.sqrt(6.0 / 428);
    assertEquals(limit / Math.sqrt(3), deviation(values), 0.01 * limit);
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    assertEquals(-limit, sorted[0], 0.01 * limit);
    assertEquals(limit, sorted[sorted.length - 1], 0.01 * limit);
  }

  /**
   * The norm of a center does not depend on C where C is beyond 10 D; up to there it is Glorot's.
   */
  @Test
  void centersHaveTheSameNormHoweverManyTheyAre() {
    for (int dimension : new int[] {2, 16, 128, 512}) {
      for (int classes : new int[] {2, 10, 129, 1_280, 1_281, 40_000}) {
        Shape shape = Shape.of(classes, dimension);
        double limit = Math.sqrt(6.0 / (dimension + Math.min(classes, 10 * dimension)));
        float[] values = first(Initializer.classCenters(), shape, 1, "centers");
        double largest = 0;
        double square = 0;
        for (float value : values) {
          largest = Math.max(largest, Math.abs(value));
          square += (double) value * value;
        }
        assertTrue(largest <= limit + 1e-6, shape + ": " + largest);
        double norm = Math.sqrt(square / classes);
        if (classes <= 10 * dimension) {
          assertArrayEquals(first(Initializer.glorotUniform(), shape, 1, "centers"), values);
        } else if ((long) classes * dimension > 10_000) {
          assertEquals(Math.sqrt(2 / 11.0), norm, 0.01, shape.toString());
        }
      }
    }
  }

  private static double deviation(float[] values) {
    double mean = 0;
    double square = 0;
    for (float value : values) {
      mean += value / values.length;
      square += (double) value * value / values.length;
    }
    assertEquals(0, mean, 0.02 * Math.sqrt(square));
    return Math.sqrt(square - mean * mean);
  }

  @Test
  void firstValuesDependOnSeedAndNameOnly() {
    Shape shape = Shape.of(4, 5);
    float[] values = first(Initializer.glorotUniform(), shape, 1, "a");
    assertArrayEquals(values, first(Initializer.glorotUniform(), shape, 1, "a"));
    assertFalse(Arrays.equals(values, first(Initializer.glorotUniform(), shape, 2, "a")));
    assertFalse(Arrays.equals(values, first(Initializer.glorotUniform(), shape, 1, "b")));
  }

  @Test
  void aNameIsOneVariable() {
    try (Graph graph = new Graph()) {
      Variables variables = new Variables(Ops.create(graph), 1);
      Shape shape = Shape.of(2);
      Variable a = variables.get("a", shape, Variable.Role.KERNEL, Initializer.constant(0));
      assertSame(a, variables.get("a", shape, Variable.Role.KERNEL, Initializer.constant(1)));
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      variables.get(
                          "a", Shape.of(3), Variable.Role.KERNEL, Initializer.constant(0)))
              .getMessage();
      assertTrue(message.contains("another name"), message);
    }
  }

  @Test
  void isSavedAndRestored(@TempDir Path dir) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Variable a =
          variables.get(
              "room/a", Shape.of(2, 3), Variable.Role.KERNEL, Initializer.glorotUniform());
      Variable b =
          variables.get("b", Shape.scalar(), Variable.Role.STATISTIC, Initializer.constant(2));
      Op change = a.assign(tf, tf.zerosLike(a.value()));
      VariableSaver.add(tf, variables.all());
      session.run(variables.initialize());
      float[] before = values(session, a.value());
      session.save(dir.resolve("v").toString());
      session.run(change);
      assertArrayEquals(new float[6], values(session, a.value()));
      session.restore(dir.resolve("v").toString());
      assertArrayEquals(before, values(session, a.value()));
      assertArrayEquals(new float[] {2}, values(session, b.value()));
    }
  }

  @Test
  void batchNormNormalisesAndMovesItsStatistics() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      float[][] rows = {{1, 10}, {3, 20}, {5, 60}, {7, 30}};
      Operand<TFloat32> x = tf.constant(rows);
      Layers training = Layers.training(tf, variables, tf.constant(new long[] {1, 0}));
      Operand<TFloat32> y = training.batchNorm("norm", x);
      Layers scoring = Layers.scoring(tf, variables);
      Operand<TFloat32> scored = scoring.batchNorm("norm", x);
      Variable mean =
          variables.get("norm/mean", Shape.of(2), Variable.Role.STATISTIC, Initializer.constant(0));
      Variable variance =
          variables.get(
              "norm/variance", Shape.of(2), Variable.Role.STATISTIC, Initializer.constant(1));
      assertEquals(2, training.updates(tf).size());
      assertTrue(scoring.updates(tf).isEmpty());
      session.run(variables.initialize());
      float[] normalised = values(session, y);
      // Column 0: mean 4, variance 5 of the batch, 20/3 as an estimate.
      assertEquals((1 - 4) / Math.sqrt(5 + 1e-3), normalised[0], 1e-5);
      assertEquals((1 - 0) / Math.sqrt(1 + 1e-3), values(session, scored)[0], 1e-5);
      for (Op update : training.updates(tf)) {
        session.run(update);
      }
      assertArrayEquals(new float[] {0.4f, 3f}, values(session, mean.value()), 1e-5f);
      assertEquals(0.9 + 0.1 * 20 / 3, values(session, variance.value())[0], 1e-5);
    }
  }
}

package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** Each optimizer, step by step, against its algorithm in float64. */
class OptimizerTest {
  private static final double[] GRADIENTS = {0.3, -0.2, 0.05, 0.4, 0.4, -1.5, 0.001, 0.2};

  /** The rule of a reference: state and weight are changed, t counts from 1. */
  private interface Rule {
    double step(double weight, double gradient, double rate, double[] state, int t);
  }

  private static void assertFollows(Optimizer optimizer, Variable.Role role, Rule rule) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Variable weight = variables.get("w", Shape.of(2), role, Initializer.constant(0.7f));
      Placeholder<TFloat32> gradient =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(2)));
      Placeholder<TFloat64> step =
          tf.placeholder(TFloat64.class, Placeholder.shape(Shape.scalar()));
      Placeholder<TFloat32> rate =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      List<Op> updates =
          optimizer.apply(tf, variables, List.of(new Gradient(weight, gradient)), step, rate);
      session.run(variables.initialize());
      double expected = 0.7f;
      double[] state = new double[2];
      for (int t = 1; t <= GRADIENTS.length; t++) {
        double lr = (float) (0.1 / t);
        float g = (float) GRADIENTS[t - 1];
        try (TFloat32 gradients = TFloat32.vectorOf(g, g);
            TFloat64 steps = TFloat64.scalarOf(t - 1);
            TFloat32 rates = TFloat32.scalarOf((float) lr)) {
          var runner =
              session.runner().feed(gradient, gradients).feed(step, steps).feed(rate, rates);
          updates.forEach(runner::addTarget);
          runner.run().close();
        }
        expected = rule.step(expected, g, lr, state, t);
        try (var result = session.runner().fetch(weight.value()).run()) {
          TFloat32 found = (TFloat32) result.get(0);
          assertEquals(expected, found.getFloat(1), 1e-6, optimizer + " at step " + t);
        }
      }
    }
  }

  @Test
  void plainDescent() {
    assertFollows(
        new Optimizer.Sgd(0, false, 0), Variable.Role.KERNEL, (w, g, lr, s, t) -> w - lr * g);
  }

  @Test
  void momentumWithWeightDecay() {
    assertFollows(
        new Optimizer.Sgd(0.9, false, 0.05),
        Variable.Role.KERNEL,
        (w, g, lr, s, t) -> {
          s[0] = 0.9 * s[0] + g + 0.05 * w;
          return w - lr * s[0];
        });
  }

  @Test
  void nesterov() {
    assertFollows(
        new Optimizer.Sgd(0.9, true, 0),
        Variable.Role.KERNEL,
        (w, g, lr, s, t) -> {
          s[0] = 0.9 * s[0] + g;
          return w - lr * (g + 0.9 * s[0]);
        });
  }

  @Test
  void weightDecaySparesBiases() {
    assertFollows(
        new Optimizer.Sgd(0, false, 0.05), Variable.Role.BIAS, (w, g, lr, s, t) -> w - lr * g);
    assertFollows(
        new Optimizer.AdamW(new Optimizer.Adam(0.9, 0.999, 1e-7), 0.3),
        Variable.Role.BIAS,
        (w, g, lr, s, t) -> w - adam(g, lr, s, t));
  }

  @Test
  void adam() {
    assertFollows(
        new Optimizer.Adam(0.9, 0.999, 1e-7),
        Variable.Role.KERNEL,
        (w, g, lr, s, t) -> w - adam(g, lr, s, t));
  }

  @Test
  void adamWithDecoupledDecay() {
    assertFollows(
        new Optimizer.AdamW(new Optimizer.Adam(0.9, 0.999, 1e-7), 0.3),
        Variable.Role.KERNEL,
        (w, g, lr, s, t) -> w - adam(g, lr, s, t) - lr * 0.3 * w);
  }

  /** Section 2 of the paper: the corrections in the rate, epsilon beside the uncorrected root. */
  private static double adam(double g, double lr, double[] s, int t) {
    s[0] = 0.9 * s[0] + 0.1 * g;
    s[1] = 0.999 * s[1] + 0.001 * g * g;
    double rate = lr * Math.sqrt(1 - Math.pow(0.999, t)) / (1 - Math.pow(0.9, t));
    return rate * s[0] / (Math.sqrt(s[1]) + 1e-7);
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new Optimizer.Sgd(1, false, 0));
    assertThrows(IllegalArgumentException.class, () -> new Optimizer.Sgd(0, true, 0));
    assertThrows(IllegalArgumentException.class, () -> new Optimizer.Sgd(0.9, false, -1));
    assertThrows(IllegalArgumentException.class, () -> new Optimizer.Adam(0.9, 1, 1e-7));
    assertThrows(
        IllegalArgumentException.class, () -> new LearningRate(0, new LearningRate.Constant(), 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LearningRate(Double.NaN, new LearningRate.Constant(), 0));
    assertThrows(
        IllegalArgumentException.class, () -> new LearningRate(1, new LearningRate.Constant(), 1));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate.Polynomial(0));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate.Step(0.3, 1));
  }

  @Test
  void learningRatesFollowTheirFormulas() {
    assertEquals(0.2, new LearningRate(0.2, new LearningRate.Constant(), 0).at(999, 1000));
    LearningRate cosine = new LearningRate(0.2, new LearningRate.Cosine(), 0);
    assertEquals(0.2, cosine.at(0, 1000), 1e-12);
    assertEquals(0.1, cosine.at(500, 1000), 1e-12);
    assertEquals(0.2 * 0.5 * (1 + Math.cos(0.9 * Math.PI)), cosine.at(900, 1000), 1e-12);
    assertEquals(
        0.2 * 0.25, new LearningRate(0.2, new LearningRate.Polynomial(2), 0).at(500, 1000), 1e-12);
    LearningRate step = new LearningRate(0.2, new LearningRate.Step(0.25, 0.1), 0);
    assertEquals(0.2, step.at(249, 1000), 1e-12);
    assertEquals(0.02, step.at(250, 1000), 1e-12);
    assertEquals(0.0002, step.at(999, 1000), 1e-12);
    LearningRate warm = new LearningRate(0.2, new LearningRate.Cosine(), 0.1);
    assertEquals(0.2 / 100, warm.at(0, 1000), 1e-12);
    assertEquals(0.2, warm.at(99, 1000), 1e-12);
    assertEquals(0.2, warm.at(100, 1000), 1e-12);
    assertEquals(0.1, warm.at(550, 1000), 1e-12);
  }

  /** Periods of whole steps, counted one by one as in the paper's algorithm. */
  @Test
  void restartsFollowTheirAlgorithm() {
    for (int first : new int[] {1, 2, 5, 12, 100}) {
      for (int multiplier : new int[] {1, 2, 3}) {
        for (int total : new int[] {1, 7, 40, 100, 777}) {
          if (first > total) {
            continue;
          }
          for (int warmup : new int[] {0, 10}) {
            LearningRate rate =
                new LearningRate(
                    0.3,
                    new LearningRate.Restarts((double) first / total, multiplier),
                    (double) warmup / (total + warmup));
            int length = first;
            int since = 0;
            for (int step = 0; step < total; step++) {
              double expected = 0.3 * 0.5 * (1 + Math.cos(Math.PI * since / length));
              assertEquals(
                  expected, rate.at(step + warmup, total + warmup), 1e-6, first + " " + total);
              since++;
              if (since == length) {
                since = 0;
                length *= multiplier;
              }
            }
          }
        }
      }
    }
    LearningRate once = new LearningRate(0.2, new LearningRate.Restarts(1, 2), 0);
    LearningRate cosine = new LearningRate(0.2, new LearningRate.Cosine(), 0);
    for (int step = 0; step < 1000; step++) {
      assertEquals(cosine.at(step, 1000), once.at(step, 1000), 1e-12);
    }
  }

  @Test
  void clipsByTheGlobalNorm() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      List<Gradient> gradients =
          List.of(
              new Gradient(
                  variables.get("a", Shape.of(2), Variable.Role.KERNEL, Initializer.constant(0)),
                  tf.constant(new float[] {3, 0})),
              new Gradient(
                  variables.get("b", Shape.of(1), Variable.Role.BIAS, Initializer.constant(0)),
                  tf.constant(new float[] {4})));
      for (double limit : new double[] {1, 5, 50}) {
        List<Gradient> clipped = GlobalNorm.clip(tf, gradients, limit);
        try (var result =
            session.runner().fetch(clipped.get(0).value()).fetch(clipped.get(1).value()).run()) {
          double factor = Math.min(1, limit / 5);
          assertEquals(3 * factor, ((TFloat32) result.get(0)).getFloat(0), 1e-6);
          assertEquals(4 * factor, ((TFloat32) result.get(1)).getFloat(0), 1e-6);
          assertTrue(((TFloat32) result.get(0)).getFloat(1) == 0);
        }
      }
    }
  }
}

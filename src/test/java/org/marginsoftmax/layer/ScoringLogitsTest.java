package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.margin.Margin;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Logits without a margin against their formulas in float64. */
class ScoringLogitsTest {
  private static final int D = 6;
  private final Random random = new Random(5);
  private final float[][] features = rows(4);

  private float[][] rows(int n) {
    float[][] rows = new float[n][D];
    for (float[] row : rows) {
      for (int i = 0; i < D; i++) {
        row[i] = (float) (2 * random.nextGaussian());
      }
    }
    return rows;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < D; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static double norm(float[] a) {
    return Math.sqrt(dot(a, a));
  }

  private static double cosine(float[] a, float[] b) {
    return dot(a, b) / norm(a) / norm(b);
  }

  private void check(Head head, ToDoubleBiFunction<float[], float[]> logit) {
    int perClass = head.subcenters();
    float[][] centers = rows(5 * perClass);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> x = tf.constant(features);
      Operand<TFloat32> w = tf.constant(centers);
      Operand<TFloat32> logits =
          head.scoringLogits(
              tf,
              x,
              w,
              MarginSoftmax.cosines(tf, x, w, perClass),
              Map.of("scale", tf.constant(7f)));
      try (Result result = session.runner().fetch(logits).run()) {
        float[][] found = StdArrays.array2dCopyOf((TFloat32) result.get(0));
        for (int i = 0; i < features.length; i++) {
          for (int j = 0; j < 5; j++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < perClass; k++) {
              largest =
                  Math.max(largest, logit.applyAsDouble(features[i], centers[j * perClass + k]));
            }
            assertEquals(largest, found[i][j], 2e-5 * Math.max(1, Math.abs(largest)));
          }
        }
      }
    }
  }

  @Test
  void ofEachForm() {
    check(InnerProductHead.softmax(), ScoringLogitsTest::dot);
    check(
        new InnerProductHead(new Margin.Multiplicative(2), GradientMode.EXACT, 0),
        ScoringLogitsTest::dot);
    check(AngularHead.modifiedSoftmax(), (x, w) -> norm(x) * cosine(x, w));
    check(AngularHead.arcFace(0.5, 30), (x, w) -> 30 * cosine(x, w));
    check(named("curricularface"), (x, w) -> 30 * cosine(x, w));
    check(AngularHead.arcFace(0.5, 30).withSubcenters(3), (x, w) -> 30 * cosine(x, w));
    check(named("adacos"), (x, w) -> 7 * cosine(x, w));
    check(named("linear-angle"), (x, w) -> 30 * (1 - 2 * Math.acos(cosine(x, w)) / Math.PI));
    check(named("circle"), (x, w) -> 30 * cosine(x, w));
    check(named("p2sgrad"), ScoringLogitsTest::cosine);
    for (String head : List.of("sface", "uniface", "proxy-anchor")) {
      check(named(head), (x, w) -> 30 * cosine(x, w));
    }
  }

  private static Head named(String name) {
    return Heads.named(name).head(Heads.values(Heads.named(name), Map.of()), 5, null);
  }

  /** SoftTriple scores a class by the mean of its centers' cosines, weighted by their softmax. */
  @Test
  void ofSoftTriple() {
    Head head = named("soft-triple");
    int perClass = head.subcenters();
    float[][] centers = rows(5 * perClass);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> logits =
          head.scoringLogits(tf, tf.constant(features), tf.constant(centers), null, Map.of());
      try (Result result = session.runner().fetch(logits).run()) {
        float[][] found = StdArrays.array2dCopyOf((TFloat32) result.get(0));
        for (int i = 0; i < features.length; i++) {
          for (int j = 0; j < 5; j++) {
            double sum = 0;
            double weights = 0;
            for (int k = 0; k < perClass; k++) {
              double c = cosine(features[i], centers[j * perClass + k]);
              weights += Math.exp(c / 0.1);
              sum += c * Math.exp(c / 0.1);
            }
            assertEquals(30 * sum / weights, found[i][j], 1e-4);
          }
        }
      }
    }
  }
}

package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The layer, float32 in and out, against float64 references of whole batches. */
class MarginSoftmaxReferenceTest {
  private static final double LOSS_TOLERANCE = 5e-6;
  private static final double GRADIENT_TOLERANCE = 2e-5;

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (JsonNode batch : Fixtures.read("head_cases.json")) {
      for (JsonNode head : batch.get("heads")) {
        String name =
            "%s s %s m %s%s %s%s%s"
                .formatted(
                    head.get("head").asText(),
                    head.get("scale"),
                    head.path("margin").asText(),
                    head.path("margins"),
                    head.path("guard").asText(),
                    head.path("feature_norm").asText(),
                    head.path("gradient").asText());
        cases.add(Arguments.of(Named.of(batch.get("name").asText(), batch), Named.of(name, head)));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void agreesWithFloat64(JsonNode batch, JsonNode head) {
    double[][] x = Fixtures.matrix(batch.get("features"));
    double[][] w = Fixtures.matrix(batch.get("centers"));
    Evaluated found =
        Evaluated.layer(
            Fixtures.head(head),
            Fixtures.floats(x),
            Fixtures.floats(w),
            Fixtures.ints(batch.get("labels")));
    double loss = head.get("loss").asDouble();
    assertEquals(loss, found.loss(), LOSS_TOLERANCE * Math.max(1, loss), "loss");
    double[] losses = Fixtures.doubles(head.get("loss_per_sample"));
    for (int i = 0; i < losses.length; i++) {
      assertEquals(
          losses[i], found.lossPerSample()[i], 2e-5 * Math.max(1, losses[i]), "loss of " + i);
    }
    assertRows("features", Fixtures.matrix(head.get("grad_features")), found.gradFeatures(), x);
    assertRows("centers", Fixtures.matrix(head.get("grad_centers")), found.gradCenters(), w);
    double[] angles = Fixtures.doubles(head.get("theta_target"));
    for (int i = 0; i < angles.length; i++) {
      // acos of a float64 cosine is off by 1e-10 at 1e-6 rad.
      assertEquals(angles[i], found.angle()[i], 1e-12, "angle of " + i);
    }
    double[][] logits = Fixtures.matrix(head.get("logits"));
    double largest = 1;
    for (double[] row : logits) {
      for (double z : row) {
        largest = Math.max(largest, Math.abs(z));
      }
    }
    for (int i = 0; i < logits.length; i++) {
      for (int k = 0; k < logits[i].length; k++) {
        assertEquals(logits[i][k], found.logits()[i][k], 1e-6 * largest, "logit " + i + " " + k);
      }
    }
  }

  /** A row's error times its vector's norm, over the largest such row of the case. */
  static void assertRows(String what, double[][] expected, double[][] found, double[][] vectors) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double norm = norm(vectors[i]);
      double[] error = new double[expected[i].length];
      for (int k = 0; k < error.length; k++) {
        error[k] = found[i][k] - expected[i][k];
      }
      largest = Math.max(largest, norm(expected[i]) * norm);
      worst = Math.max(worst, norm(error) * norm);
      assertTrue(Double.isFinite(worst), what + " row " + i);
    }
    assertTrue(
        worst <= GRADIENT_TOLERANCE * largest,
        "gradient of " + what + ": error " + worst / largest);
  }

  private static double norm(double[] v) {
    double sum = 0;
    for (double a : v) {
      sum += a * a;
    }
    return Math.sqrt(sum);
  }
}

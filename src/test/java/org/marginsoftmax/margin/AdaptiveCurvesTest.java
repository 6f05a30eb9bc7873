package org.marginsoftmax.margin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.layer.Evaluated;
import org.marginsoftmax.layer.Fixtures;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/** Target logits of the adaptive margins, as functions of the angle, against float64 references. */
class AdaptiveCurvesTest {

  static Stream<Arguments> curves() {
    return StreamSupport.stream(Fixtures.read("adaptive_curves.json").spliterator(), false)
        .map(
            curve ->
                Arguments.of(
                    Named.of(
                        curve.get("name").asText()
                            + " "
                            + curve.path("guard").asText()
                            + " "
                            + curve.path("norm").asText(),
                        curve)));
  }

  @ParameterizedTest
  @MethodSource("curves")
  void agreesWithReferenceCurve(JsonNode curve) {
    double[] theta =
        Arrays.stream(Fixtures.doubles(curve.get("degrees"))).map(Math::toRadians).toArray();
    double[] norms = new double[theta.length];
    Arrays.fill(norms, curve.path("norm").asDouble(1));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      TargetLogit target =
          margin(curve)
              .target(
                  tf,
                  new MarginInput(
                      tf.constant(theta),
                      tf.math.cos(tf.constant(theta)),
                      tf.constant(norms),
                      tf.zeros(tf.array(theta.length), TInt32.class),
                      tf.constant(1.0),
                      null,
                      Map.of(
                          "norm_mean", tf.constant(curve.path("norm_mean").asDouble()),
                          "norm_deviation", tf.constant(curve.path("norm_deviation").asDouble()))));
      try (Result result = session.runner().fetch(target.value()).fetch(target.slope()).run()) {
        double[] value = Evaluated.vector(result.get(0));
        double[] slope = Evaluated.vector(result.get(1));
        for (int i = 0; i < theta.length; i++) {
          assertEquals(curve.get("target").get(i).asDouble(), value[i], 1e-12, "t at " + theta[i]);
          assertEquals(
              curve.get("dtarget_dtheta").get(i).asDouble(),
              slope[i],
              1e-12,
              "slope at " + theta[i]);
        }
      }
    }
  }

  private static Margin margin(JsonNode curve) {
    double m = curve.path("margin").asDouble();
    return switch (curve.get("name").asText()) {
      case "linear-angle" -> new Margin.Linear(m);
      case "circle" -> new Margin.Relaxed(m);
      case "l-softmax" -> new Margin.Multiplicative((int) m);
      case "magface" ->
          MagnitudeMargin.paper(35, Guard.valueOf(curve.get("guard").asText().toUpperCase()));
      case "adaface" -> new AdaptiveMargin(m);
      default -> throw new IllegalArgumentException(curve.toString());
    };
  }
}

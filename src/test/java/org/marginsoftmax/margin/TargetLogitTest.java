package org.marginsoftmax.margin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.layer.Evaluated;
import org.marginsoftmax.layer.Fixtures;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

class TargetLogitTest {
  private record Curve(double[] value, double[] slope) {}

  static Stream<Arguments> curves() {
    return StreamSupport.stream(Fixtures.read("target_logit.json").spliterator(), false)
        .map(
            curve ->
                Arguments.of(
                    Named.of(
                        curve.get("head").asText()
                            + " "
                            + curve.path("margin").asText()
                            + curve.path("margins")
                            + " "
                            + curve.path("guard").asText(),
                        curve)));
  }

  @ParameterizedTest
  @MethodSource("curves")
  void agreesWithReferenceCurve(JsonNode curve) {
    double[] theta = radians(Fixtures.doubles(curve.get("degrees")));
    Curve found = target(Fixtures.margin(curve), theta, 1);
    double[] value = Fixtures.doubles(curve.get("target"));
    double[] slope = Fixtures.doubles(curve.get("dtarget_dtheta"));
    for (int i = 0; i < theta.length; i++) {
      assertEquals(value[i], found.value[i], 1e-12, "t at " + theta[i]);
      assertEquals(slope[i], found.slope[i], 1e-12, "slope at " + theta[i]);
    }
  }

  static Stream<Margin> all() {
    return Stream.of(
        new Margin.None(),
        new Margin.Cosine(0.35),
        new Margin.Angular(0.5, Guard.NONE),
        new Margin.Angular(0.5, Guard.REFLECT),
        new Margin.Angular(0.5, Guard.CLASSIC),
        new Margin.Angular(0.5, Guard.EASY),
        new Margin.Multiplicative(4),
        new Margin.Combined(0.9, 0.4, 0.15));
  }

  @ParameterizedTest
  @MethodSource("all")
  void withoutStrengthIsTheCosine(Margin margin) {
    double[] theta = grid();
    Curve found = target(margin, theta, 0);
    for (int i = 0; i < theta.length; i++) {
      assertEquals(Math.cos(theta[i]), found.value[i], 1e-12);
      assertEquals(-Math.sin(theta[i]), found.slope[i], 1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void slopeIsTheDifferenceQuotient(Margin margin) {
    double h = 1e-6;
    double[] theta = grid();
    double[] left = theta.clone();
    double[] right = theta.clone();
    for (int i = 0; i < theta.length; i++) {
      left[i] -= h;
      right[i] += h;
    }
    for (double strength : new double[] {0.3, 1}) {
      Curve at = target(margin, theta, strength);
      Curve before = target(margin, left, strength);
      Curve after = target(margin, right, strength);
      for (int i = 0; i < theta.length; i++) {
        double quotient = (after.value[i] - before.value[i]) / (2 * h);
        // A quotient across a guard's border, where the curve has a kink or jumps, says nothing.
        if (Math.abs(after.slope[i] - before.slope[i]) < 1e-3 && Math.abs(quotient) < 100) {
          assertEquals(quotient, at.slope[i], 1e-6, margin + " at " + theta[i]);
        }
      }
    }
  }

  static Stream<Margin> decreasing() {
    return all()
        .filter(
            m ->
                !(m instanceof Margin.Combined)
                    && !m.equals(new Margin.Angular(0.5, Guard.NONE))
                    && !m.equals(new Margin.Angular(0.5, Guard.EASY)));
  }

  @ParameterizedTest
  @MethodSource("decreasing")
  void decreasesInTheta(Margin margin) {
    double[] theta = grid();
    double[] value = target(margin, theta, 1).value;
    for (int i = 1; i < value.length; i++) {
      assertTrue(value[i] < value[i - 1], margin + " at " + theta[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 3.2, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesMarginsOutOfRange(double m) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Margin.Angular(m, Guard.REFLECT))
            .getMessage();
    assertTrue(message.contains("radians") && message.contains(String.valueOf(m)), message);
    assertThrows(IllegalArgumentException.class, () -> new Margin.Cosine(m));
    assertThrows(IllegalArgumentException.class, () -> new Margin.Combined(1, m, 0));
    assertThrows(IllegalArgumentException.class, () -> new Margin.Combined(1, 0, m));
  }

  @Test
  void refusesMultiplesOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new Margin.Multiplicative(0));
    assertThrows(IllegalArgumentException.class, () -> new Margin.Multiplicative(11));
    assertThrows(IllegalArgumentException.class, () -> new Margin.Combined(0, 0, 0));
  }

  private static double[] grid() {
    double[] theta = new double[180];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = Math.toRadians(i + 0.37);
    }
    return theta;
  }

  private static double[] radians(double[] degrees) {
    double[] radians = new double[degrees.length];
    for (int i = 0; i < degrees.length; i++) {
      radians[i] = Math.toRadians(degrees[i]);
    }
    return radians;
  }

  private static Curve target(Margin margin, double[] theta, double strength) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      TargetLogit target =
          margin.target(
              tf,
              new MarginInput(
                  tf.constant(theta),
                  tf.math.cos(tf.constant(theta)),
                  tf.ones(tf.array(theta.length), TFloat64.class),
                  tf.zeros(tf.array(theta.length), TInt32.class),
                  tf.constant(strength),
                  null,
                  Map.of()));
      try (Result result = session.runner().fetch(target.value()).fetch(target.slope()).run()) {
        return new Curve(Evaluated.vector(result.get(0)), Evaluated.vector(result.get(1)));
      }
    }
  }
}

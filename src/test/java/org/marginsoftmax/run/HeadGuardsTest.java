package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Evaluated;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginInput;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** A guard is taken by the heads that have it, and by those that compute the same without. */
class HeadGuardsTest {
  /** m1, m2 and m3 of the heads whose target is cos(m1 theta + m2) - m3. */
  private static double[] margins(String head) {
    return switch (head) {
      case "cosface", "elasticface-cos", "elasticface-cos-plus" -> new double[] {1, 0, 0.35};
      case "ldam" -> new double[] {1, 0, 0.5};
      case "combined" -> new double[] {1, 0.3, 0.2};
      case "arcface", "subcenter-arcface", "curricularface", "elasticface", "elasticface-plus" ->
          new double[] {1, 0.5, 0};
      case "sphereface", "l-softmax" -> new double[] {4, 0, 0};
      case "softmax", "modified-softmax", "normface", "adacos", "adacos-fixed", "p2sgrad" ->
          new double[] {1, 0, 0};
      default -> null;
    };
  }

  static Stream<Arguments> headsAndGuards() {
    return Heads.names().stream()
        .filter(head -> margins(head) != null)
        .flatMap(head -> Stream.of(Guard.values()).map(guard -> Arguments.of(head, guard)));
  }

  @ParameterizedTest
  @MethodSource("headsAndGuards")
  void whatEqualsIsTaken(String head, Guard guard) {
    double[] theta = IntStream.rangeClosed(0, 360).mapToDouble(i -> i * Math.PI / 360).toArray();
    boolean taken = guards(head).contains(guard);
    HeadConfig config = HeadConfig.named(head);
    double[] found = target(margin(taken ? config.with("guard", guard.id()) : config), theta);
    double[] m = margins(head);
    double largest = 0;
    for (int i = 0; i < theta.length; i++) {
      largest = Math.max(largest, Math.abs(found[i] - guarded(theta[i], m[0], m[1], m[2], guard)));
    }
    if (taken) {
      assertEquals(0, largest, 1e-9);
    } else {
      assertTrue(largest > 1e-3, "computes the same and is refused");
      String message =
          assertThrows(IllegalArgumentException.class, () -> config.with("guard", guard.id()))
              .getMessage();
      assertTrue(message.startsWith("guard: expected ") && message.contains(head), message);
    }
  }

  private static Margin margin(HeadConfig config) {
    Head head = config.head(3, new int[] {1, 1, 1});
    return head instanceof AngularHead angular
        ? angular.margin()
        : head instanceof InnerProductHead inner ? inner.margin() : new Margin.None();
  }

  /** Those that a head takes. */
  private static List<Guard> guards(String head) {
    return Stream.of(Guard.values()).filter(guard -> takes(head, guard)).toList();
  }

  private static boolean takes(String head, Guard guard) {
    try {
      HeadConfig.named(head).with("guard", guard.id());
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static double guarded(double theta, double m1, double m2, double m3, Guard guard) {
    double shifted = m1 * theta + m2;
    boolean past = shifted > Math.PI + 1e-12;
    return switch (guard) {
      case NONE -> Math.cos(shifted) - m3;
      case REFLECT -> (past ? -2 - Math.cos(shifted) : Math.cos(shifted)) - m3;
      case CLASSIC -> (past ? Math.cos(theta) - m2 * Math.sin(m2) : Math.cos(shifted)) - m3;
      case EASY -> Math.cos(theta) > 1e-12 ? Math.cos(shifted) - m3 : Math.cos(theta);
    };
  }

  private static double[] target(Margin margin, double[] theta) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      MarginInput input =
          new MarginInput(
              tf.constant(theta),
              tf.math.cos(tf.constant(theta)),
              tf.ones(tf.array(theta.length), TFloat64.class),
              tf.zeros(tf.array(theta.length), TInt32.class),
              tf.constant(1.0),
              tf.zeros(tf.array(theta.length), TFloat64.class),
              Map.of());
      try (Result result = session.runner().fetch(margin.target(tf, input).value()).run()) {
        return Evaluated.vector(result.get(0));
      }
    }
  }

  /** Those whose target is no cosine, or whose shift is clipped. */
  static Stream<Arguments> others() {
    return Stream.of(
        Arguments.of("linear-angle", List.of(Guard.NONE)),
        Arguments.of("circle", List.of(Guard.NONE, Guard.REFLECT, Guard.CLASSIC)),
        Arguments.of("adaface", List.of()),
        Arguments.of("magface", List.of(Guard.values())));
  }

  @ParameterizedTest
  @MethodSource("others")
  void othersTakeWhatChangesNothing(String head, List<Guard> guards) {
    assertEquals(guards, guards(head));
  }
}

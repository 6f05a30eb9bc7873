package org.marginsoftmax.run;

import static org.marginsoftmax.run.HeadConfig.or;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.margin.AdaptiveMargin;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;

/** The margin of a configured head, with what is usual for it. */
final class HeadMargin {
  private static final List<Double> COMBINED = List.of(1.0, 0.3, 0.2);
  private static final List<Double> MAGFACE = List.of(0.45, 0.8);
  private static final List<Double> MAGFACE_NORMS = List.of(10.0, 110.0);

  private HeadMargin() {}

  /**
   * The margin.
   *
   * @param classes C
   * @param counts training samples of each class, for ldam; else may be null
   * @throws IllegalArgumentException if something is out of range
   */
  static Margin of(HeadConfig c, int classes, int[] counts) {
    return switch (c.name()) {
      case "sphereface", "l-softmax" -> multiplicative(c);
      case "cosface" -> new Margin.Cosine(size(c, classes));
      case "arcface", "subcenter-arcface", "curricularface" ->
          new Margin.Angular(size(c, classes), guard(c));
      case "elasticface", "elasticface-plus" -> new Margin.Angular(elastic(c), guard(c));
      case "elasticface-cos", "elasticface-cos-plus" -> new Margin.Cosine(elastic(c));
      case "linear-angle" -> new Margin.Linear(size(c, classes));
      case "circle" -> new Margin.Relaxed(m(c));
      case "combined" -> {
        List<Double> m = several("margins", c.margins(), COMBINED);
        yield new Margin.Combined(m.get(0), m.get(1), m.get(2));
      }
      case "magface" -> {
        List<Double> a = several("norms", c.norms(), MAGFACE_NORMS);
        List<Double> m = several("margins", c.margins(), MAGFACE);
        double lambda = or(c.regularizer(), 35.0);
        yield new MagnitudeMargin(a.get(0), a.get(1), m.get(0), m.get(1), lambda, guard(c));
      }
      case "adaface" ->
          new AdaptiveMargin(m(c), or(c.concentration(), 0.333), or(c.stateMomentum(), 0.99));
      case "ldam" -> new Margin.Cosine(ldam(c, counts));
      default -> new Margin.None();
    };
  }

  /** Such as {@code , m 0.5}; nothing for a head without one. */
  static String inWords(HeadConfig c) {
    if (c.name().equals("combined")) {
      List<Double> three = or(c.margins(), COMBINED);
      return ", m1 %s, m2 %s, m3 %s".formatted(three.get(0), three.get(1), three.get(2));
    }
    if (c.name().equals("magface")) {
      List<Double> two = or(c.margins(), MAGFACE);
      return ", m %s to %s".formatted(two.get(0), two.get(1));
    }
    if (c.classMargins() != null) {
      return ", m by class";
    }
    return HeadRules.WITHOUT_MARGIN.contains(c.name()) ? "" : ", m " + m(c);
  }

  /**
   * Options that make the margin and are not given, with what is usual; none for a head without.
   */
  static Map<String, String> usual(HeadConfig c) {
    Map<String, String> usual = new HashMap<>();
    if (c.name().startsWith("elasticface")) {
      usual.put("deviation", "0.05");
    }
    switch (c.name()) {
      case "combined" -> usual.put("margins", COMBINED.toString());
      case "magface" -> {
        usual.put("margins", MAGFACE.toString());
        usual.put("norms", MAGFACE_NORMS.toString());
        usual.put("regularizer", "35.0");
      }
      case "adaface" -> {
        usual.put("margin", String.valueOf(m(c)));
        usual.put("concentration", "0.333");
        usual.put("state_momentum", "0.99");
      }
      default ->
          usual.put(
              "margin",
              HeadRules.WITHOUT_MARGIN.contains(c.name())
                  ? "none"
                  : c.classMargins() != null ? "by class" : String.valueOf(m(c)));
    }
    if (c.name().equals("curricularface")) {
      usual.put("state_momentum", "0.99");
    }
    if (c.name().equals("linear-angle")) {
      usual.put("negatives", "angle");
    }
    return usual;
  }

  private static double m(HeadConfig c) {
    return or(
        c.margin(),
        switch (c.name()) {
          case "sphereface", "l-softmax" -> 4.0;
          case "cosface", "elasticface-cos", "elasticface-cos-plus" -> 0.35;
          case "linear-angle" -> 0.45;
          case "adaface" -> 0.4;
          case "circle" -> 0.25;
          default -> 0.5;
        });
  }

  private static MarginSize size(HeadConfig c, int classes) {
    if (c.classMargins() == null) {
      return new MarginSize.Fixed(m(c));
    }
    NpyFile.Floats file = NpyFile.readFloats(Path.of(c.classMargins()));
    if (file.shape().length != 1 || file.shape()[0] != classes) {
      throw new IllegalArgumentException(
          "class margins: expected [%d], one for each class, found %s in %s; give one array of them"
              .formatted(classes, Arrays.toString(file.shape()), c.classMargins()));
    }
    Double[] values = new Double[classes];
    for (int j = 0; j < classes; j++) {
      values[j] = (double) file.values()[j];
    }
    return new MarginSize.PerClass(List.of(values));
  }

  private static MarginSize elastic(HeadConfig c) {
    return new MarginSize.Elastic(m(c), or(c.deviation(), 0.05), c.name().endsWith("plus"));
  }

  private static MarginSize ldam(HeadConfig c, int[] counts) {
    if (counts == null) {
      throw new IllegalArgumentException(
          "ldam: expected the number of samples of each class, found none; its margins follow from it");
    }
    return MarginSize.PerClass.ldam(counts, m(c));
  }

  private static Margin multiplicative(HeadConfig c) {
    double m = m(c);
    if (m != Math.rint(m)) {
      throw new IllegalArgumentException(
          "margin: expected a whole number for "
              + c.name()
              + ", found "
              + m
              + "; 2, 3 or 4 are usual");
    }
    return new Margin.Multiplicative((int) m);
  }

  private static Guard guard(HeadConfig c) {
    String usual = c.name().equals("curricularface") ? "classic" : "reflect";
    return Choice.of("guard", or(c.guard(), usual), Guard.class);
  }

  private static List<Double> several(String what, List<Double> given, List<Double> usual) {
    List<Double> values = or(given, usual);
    if (values.size() != usual.size()) {
      throw new IllegalArgumentException(
          "%s: expected %d numbers, found %d; usual are %s"
              .formatted(what, usual.size(), values.size(), usual));
    }
    return values;
  }
}

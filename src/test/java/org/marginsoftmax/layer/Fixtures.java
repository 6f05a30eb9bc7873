package org.marginsoftmax.layer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;

/** Float64 reference values, made by src/test/python/make_reference.py from formulas alone. */
public final class Fixtures {
  private Fixtures() {}

  public static JsonNode read(String name) {
    try (InputStream in = Fixtures.class.getResourceAsStream("/fixtures/" + name)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Head head(JsonNode node) {
    if (node.get("head").asText().equals("softmax")) {
      return InnerProductHead.softmax();
    }
    return new AngularHead(
        margin(node),
        node.get("scale").asDouble(),
        node.path("feature_norm").asText().equals("keep") ? FeatureNorm.KEEP : FeatureNorm.UNIT,
        node.path("gradient").asText().equals("detached")
            ? GradientMode.DETACHED
            : GradientMode.EXACT);
  }

  public static Margin margin(JsonNode node) {
    double m = node.path("margin").asDouble();
    return switch (node.get("head").asText()) {
      case "normface", "modified-softmax" -> new Margin.None();
      case "cosface" -> new Margin.Cosine(m);
      case "sphereface" -> new Margin.Multiplicative((int) m);
      case "arcface" ->
          new Margin.Angular(m, Guard.valueOf(node.get("guard").asText().toUpperCase()));
      case "combined" -> {
        double[] ms = doubles(node.get("margins"));
        yield new Margin.Combined(ms[0], ms[1], ms[2]);
      }
      default -> throw new IllegalArgumentException(node.toString());
    };
  }

  public static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }

  public static double[][] matrix(JsonNode rows) {
    double[][] values = new double[rows.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = doubles(rows.get(i));
    }
    return values;
  }

  public static float[][] floats(double[][] rows) {
    float[][] values = new float[rows.length][rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      for (int k = 0; k < rows[i].length; k++) {
        values[i][k] = (float) rows[i][k];
      }
    }
    return values;
  }

  public static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }
}

package org.marginsoftmax.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * The sphere as a still picture, for readers without scripts: what the page's script shows first,
 * by the same projection.
 */
final class SphereFigure {
  /** As in the page's style. */
  private static final int HUES = 10;

  private static final double EYE = 5;
  private static final double YAW = -0.6;
  private static final double PITCH = 0.35;
  private static final int WIDTH = 640;
  private static final int HEIGHT = 560;
  private static final double RADIUS = 250;

  /** Lengths of the names of classes. */
  private static final int NAME = 18;

  private final StringBuilder svg = new StringBuilder();

  private SphereFigure() {}

  /** A place as it is seen: pixels, and how near. */
  private record Seen(double x, double y, double near) {}

  /**
   * An SVG.
   *
   * @param names of the classes shown
   * @param coloured those with a colour; of these centers and names are drawn
   */
  static String of(Sphere sphere, List<String> names, int[] coloured) {
    SphereFigure figure = new SphereFigure();
    figure.open(sphere, coloured.length);
    figure.graticule();
    figure.points(sphere, coloured);
    for (int slot = 0; slot < coloured.length; slot++) {
      figure.center(sphere.centers()[coloured[slot]], hue(slot), names.get(coloured[slot]));
    }
    return figure.svg.append("</svg>").toString();
  }

  /** The class, in the page's style, of the hue of a place among the coloured. */
  static String hue(int slot) {
    return "hue-" + slot % HUES;
  }

  private void open(Sphere sphere, int coloured) {
    add(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"sphere-svg-title sphere-svg-desc\">",
        WIDTH, HEIGHT);
    add(
        "<title id=\"sphere-svg-title\">Test features on the unit sphere, coloured by class</title>");
    add(
        "<desc id=\"sphere-svg-desc\">%d samples as dots in %d colours, and the centres of the classes as diamonds, seen from one side.</desc>",
        sphere.points().length, coloured);
    add(
        "<circle cx=\"%d\" cy=\"%d\" r=\"%.1f\" class=\"ball\"/>",
        WIDTH / 2, HEIGHT / 2, RADIUS * EYE / Math.sqrt(EYE * EYE - 1));
  }

  private void graticule() {
    StringBuilder path = new StringBuilder();
    for (int degrees = -60; degrees <= 60; degrees += 30) {
      double up = Math.sin(Math.toRadians(degrees));
      double out = Math.cos(Math.toRadians(degrees));
      circle(path, new double[] {out, 0, 0}, new double[] {0, out, 0}, up);
    }
    for (int degrees = 0; degrees < 180; degrees += 30) {
      double x = Math.cos(Math.toRadians(degrees));
      double y = Math.sin(Math.toRadians(degrees));
      circle(path, new double[] {x, y, 0}, new double[] {0, 0, 1}, 0);
    }
    add("<path d=\"%s\" class=\"graticule\"/>", path);
  }

  /** A circle about the axis, through a and b. */
  private static void circle(StringBuilder path, double[] a, double[] b, double up) {
    for (int i = 0; i <= 48; i++) {
      double cos = Math.cos(Math.PI * i / 24);
      double sin = Math.sin(Math.PI * i / 24);
      Seen seen =
          seen(cos * a[0] + sin * b[0], cos * a[1] + sin * b[1], cos * a[2] + sin * b[2] + up);
      path.append(String.format(Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", seen.x, seen.y));
    }
  }

  /** Those behind first, and paler; a path of dots for each class. */
  private void points(Sphere sphere, int[] coloured) {
    int[] slots = new int[sphere.centers().length];
    Arrays.fill(slots, coloured.length);
    for (int slot = 0; slot < coloured.length; slot++) {
      slots[coloured[slot]] = slot;
    }
    for (boolean front : new boolean[] {false, true}) {
      for (int slot = coloured.length; slot >= 0; slot--) {
        boolean others = slot == coloured.length;
        int at = slot;
        String dots = dots(sphere, front, i -> slots[sphere.labels()[i]] == at);
        if (!dots.isEmpty()) {
          add(
              "<path d=\"%s\" class=\"dots %s\" style=\"stroke-width:%s;opacity:%s\"/>",
              dots,
              others ? "hue-other" : hue(slot),
              others ? "4" : front ? "7" : "5.5",
              others ? ".4" : front ? ".9" : ".45");
        }
      }
    }
  }

  private static String dots(Sphere sphere, boolean front, IntPredicate wanted) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < sphere.labels().length; i++) {
      if (wanted.test(i)) {
        float[] p = sphere.points()[i];
        Seen seen = seen(p[0], p[1], p[2]);
        if (seen.near >= 0 == front) {
          path.append(String.format(Locale.ROOT, "M%.0f %.0fh0", seen.x, seen.y));
        }
      }
    }
    return path.toString();
  }

  private void center(float[] center, String hue, String name) {
    Seen seen = seen(center[0], center[1], center[2]);
    add("<path d=\"M%.1f %.1fl8 8-8 8-8-8z\" class=\"center %s\"/>", seen.x, seen.y - 8, hue);
    add(
        "<text x=\"%.1f\" y=\"%.1f\" class=\"center-name\">%s</text>",
        seen.x + 12, seen.y + 4, Page.escaped(shortened(name)));
  }

  private static String shortened(String name) {
    return name.codePointCount(0, name.length()) <= NAME
        ? name
        : name.substring(0, name.offsetByCodePoints(0, NAME - 1)) + "…";
  }

  private static Seen seen(double a, double b, double c) {
    double away = a * Math.sin(YAW) + b * Math.cos(YAW);
    double near = c * Math.sin(PITCH) - away * Math.cos(PITCH);
    double scale = RADIUS * EYE / (EYE - near);
    return new Seen(
        WIDTH / 2.0 + scale * (a * Math.cos(YAW) - b * Math.sin(YAW)),
        HEIGHT / 2.0 - scale * (c * Math.cos(PITCH) + away * Math.sin(PITCH)),
        near);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

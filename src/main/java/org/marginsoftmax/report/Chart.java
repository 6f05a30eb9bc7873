package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A figure as SVG, readable without scripts. Colours and sizes of text are those of page.css: each
 * series has a class, such as {@code genuine}, and so follows the colours of light and dark pages.
 *
 * @param x the horizontal axis
 * @param y the vertical axis
 * @param marks SVG elements, the last in front
 */
record Chart(Axis x, Axis y, List<String> marks) {
  static final int WIDTH = 480;
  static final int HEIGHT = 300;
  private static final int LEFT = 62;
  private static final int RIGHT = 14;
  private static final int TOP = 14;
  private static final int BOTTOM = 52;

  Chart(Axis x, Axis y) {
    this(x, y, List.of());
  }

  private Chart with(String mark) {
    List<String> more = new ArrayList<>(marks);
    more.add(mark);
    return new Chart(x, y, more);
  }

  /**
   * A line through points; of a NaN it is interrupted.
   *
   * @param series class of its colour
   * @param title said when it is pointed at
   */
  Chart line(String series, double[] xs, double[] ys, String title) {
    StringBuilder path = new StringBuilder();
    boolean pen = false;
    for (int i = 0; i < xs.length; i++) {
      boolean there = !Double.isNaN(ys[i]);
      if (there) {
        path.append(pen ? 'L' : 'M').append(left(xs[i])).append(' ').append(top(ys[i]));
      }
      pen = there;
    }
    return with(element("path", "line " + series, "d=\"" + path + "\"", title));
  }

  /** The area between two lines; where one of them is NaN there is none. */
  Chart band(String series, double[] xs, double[] low, double[] high, String title) {
    int[] there =
        IntStream.range(0, xs.length)
            .filter(i -> !Double.isNaN(low[i]) && !Double.isNaN(high[i]))
            .toArray();
    if (there.length < 2) {
      return this;
    }
    String upper = points(xs, high, there);
    int[] back = IntStream.range(0, there.length).map(k -> there[there.length - 1 - k]).toArray();
    String path = "M" + upper + "L" + points(xs, low, back) + "Z";
    return with(element("path", "band " + series, "d=\"" + path + "\"", title));
  }

  private String points(double[] xs, double[] ys, int[] of) {
    return IntStream.of(of)
        .mapToObj(i -> left(xs[i]) + " " + top(ys[i]))
        .collect(Collectors.joining("L"));
  }

  /**
   * Bars from the bottom; none where a height is 0.
   *
   * @param from value at which each begins
   * @param width of each, in values of x
   */
  Chart bars(String series, double[] from, double width, double[] heights, List<String> titles) {
    Chart chart = this;
    for (int i = 0; i < from.length; i++) {
      if (heights[i] > 0 && from[i] < x.high() && from[i] + width > x.low()) {
        double l = leftOf(from[i]);
        double t = topOf(heights[i]);
        String place =
            "x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\""
                .formatted(
                    written(l),
                    written(t),
                    written(Math.max(0.5, leftOf(from[i] + width) - l)),
                    written(HEIGHT - BOTTOM - t));
        chart = chart.with(element("rect", "bar " + series, place, titles.get(i)));
      }
    }
    return chart;
  }

  /** Dots at points. */
  Chart dots(String series, double[] xs, double[] ys, List<String> titles) {
    Chart chart = this;
    for (int i = 0; i < xs.length; i++) {
      String place = "cx=\"%s\" cy=\"%s\" r=\"4\"".formatted(left(xs[i]), top(ys[i]));
      chart = chart.with(element("circle", "dot " + series, place, titles.get(i)));
    }
    return chart;
  }

  /**
   * A vertical line with a word beside it.
   *
   * @param row of the word, from 0 at the top, so that words of neighbours do not meet
   */
  Chart rule(double at, String word, int row, String title) {
    double l = leftOf(at);
    boolean before = l > WIDTH - 90;
    return with(
        "<g class=\"rule\"><title>%s</title><path d=\"M%s %dV%d\"/><text x=\"%s\" y=\"%d\" text-anchor=\"%s\">%s</text></g>"
            .formatted(
                Page.escaped(title),
                written(l),
                TOP,
                HEIGHT - BOTTOM,
                written(before ? l - 4 : l + 4),
                TOP + 12 + 16 * row,
                before ? "end" : "start",
                Page.escaped(word)));
  }

  /**
   * The figure.
   *
   * @param id of the element, which no other on the page has
   * @param title what it shows
   * @param description what can be seen in it, for those who do not see it
   */
  String svg(String id, String title, String description) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg class=\"chart\" id=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-desc\"><title id=\"%s-title\">%s</title><desc id=\"%s-desc\">%s</desc>"
            .formatted(
                id, WIDTH, HEIGHT, id, id, id, Page.escaped(title), id, Page.escaped(description)));
    int bottom = HEIGHT - BOTTOM;
    for (Axis.Tick tick : y.ticks()) {
      double t = topOf(tick.value());
      svg.append(
          "<path class=\"grid\" d=\"M%d %sH%d\"/><text class=\"tick\" x=\"%d\" y=\"%s\" text-anchor=\"end\">%s</text>"
              .formatted(
                  LEFT,
                  written(t),
                  WIDTH - RIGHT,
                  LEFT - 7,
                  written(t + 4),
                  Page.escaped(tick.label())));
    }
    for (Axis.Tick tick : x.ticks()) {
      String l = left(tick.value());
      svg.append(
          "<path class=\"grid\" d=\"M%s %dV%d\"/><text class=\"tick\" x=\"%s\" y=\"%d\" text-anchor=\"middle\">%s</text>"
              .formatted(l, TOP, bottom, l, bottom + 18, Page.escaped(tick.label())));
    }
    marks.forEach(svg::append);
    svg.append(
        "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>".formatted(LEFT, TOP, bottom, WIDTH - RIGHT));
    svg.append(
        "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
            .formatted((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, Page.escaped(x.title())));
    svg.append(
        "<text class=\"name\" transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">%s</text></svg>"
            .formatted((TOP + bottom) / 2, Page.escaped(y.title())));
    return svg.toString();
  }

  /**
   * A figure with its caption and the names of its series.
   *
   * @param caption a sentence, plain text
   * @param series names by class of colour, as {@code class, name, class, name}; none for no key
   */
  static String figure(String svg, String caption, String... series) {
    StringBuilder key = new StringBuilder();
    for (int k = 0; k < series.length; k += 2) {
      key.append("<li class=\"")
          .append(series[k])
          .append("\">")
          .append(Page.escaped(series[k + 1]))
          .append("</li>");
    }
    return "<figure class=\"plot-figure\">"
        + (key.isEmpty() ? "" : "<ul class=\"series\">" + key + "</ul>")
        + svg
        + "<figcaption>"
        + Page.escaped(caption)
        + "</figcaption></figure>\n";
  }

  private static String element(String name, String classes, String attributes, String title) {
    return "<%s class=\"%s\" %s><title>%s</title></%s>"
        .formatted(name, classes, attributes, Page.escaped(title), name);
  }

  private double leftOf(double value) {
    return LEFT + x.at(value) * (WIDTH - LEFT - RIGHT);
  }

  private double topOf(double value) {
    return HEIGHT - BOTTOM - y.at(value) * (HEIGHT - TOP - BOTTOM);
  }

  private String left(double value) {
    return written(leftOf(value));
  }

  private String top(double value) {
    return written(topOf(value));
  }

  private static String written(double place) {
    return String.format(Locale.ROOT, "%.1f", place);
  }
}

package org.marginsoftmax.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Interval;

/**
 * A forest plot: differences and their intervals below each other on one scale, as small SVG
 * pictures for the rows of a table, whose words are the labels.
 *
 * @param low left end of the scale
 * @param high right end of the scale, above {@code low}
 */
record ForestPlot(double low, double high) {
  private static final int WIDTH = 260;
  private static final int HEIGHT = 22;

  /** Room at both ends for half a tick's number. */
  private static final int MARGIN = 22;

  /** A scale that has room for 0 and for all of these. */
  static ForestPlot of(List<Difference> differences) {
    double[] ends =
        differences.stream()
            .flatMapToDouble(
                d ->
                    DoubleStream.concat(
                        d.value().stream(),
                        d.interval().stream()
                            .flatMapToDouble(i -> DoubleStream.of(i.low(), i.high()))))
            .toArray();
    double low = Math.min(0, DoubleStream.of(ends).min().orElse(0));
    double high = Math.max(0, DoubleStream.of(ends).max().orElse(0));
    // Identical runs have no scale of their own.
    double room = high == low ? 0.01 : 0.05 * (high - low);
    return new ForestPlot(low - room, high + room);
  }

  /** The picture of a row; only the line at 0 where the figure is undefined. */
  String row(Difference difference) {
    StringBuilder svg = open(HEIGHT, "aria-hidden=\"true\"");
    svg.append(line("zero", x(0), 0, x(0), HEIGHT));
    int middle = HEIGHT / 2;
    String verdict = difference.verdict().name().toLowerCase(Locale.ROOT);
    svg.append("<g class=\"").append(verdict).append("\">");
    if (difference.interval().isPresent()) {
      Interval interval = difference.interval().get();
      svg.append(line("interval", x(interval.low()), middle, x(interval.high()), middle));
    }
    difference
        .value()
        .ifPresent(
            value ->
                svg.append(
                    String.format(
                        Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\"/>", x(value), middle)));
    return svg.append("</g></svg>").toString();
  }

  /** The numbers of the scale, for a row above or below the others. */
  String axis() {
    StringBuilder svg = open(HEIGHT, "aria-hidden=\"true\"");
    for (double tick : ticks()) {
      svg.append(line("tick", x(tick), HEIGHT - 5, x(tick), HEIGHT));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"12\" text-anchor=\"middle\">%s</text>",
              x(tick),
              text(tick)));
    }
    return svg.append("</svg>").toString();
  }

  /** Three to five round numbers within the scale, 0 among them. */
  List<Double> ticks() {
    double rough = (high - low) / 4;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
    List<Double> ticks = new ArrayList<>();
    for (long k = (long) Math.ceil(low / step); k * step <= high; k++) {
      ticks.add(k * step);
    }
    return ticks;
  }

  private static String text(double tick) {
    return tick == 0
        ? "0"
        : new BigDecimal(tick).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }

  private static StringBuilder open(int height, String attributes) {
    return new StringBuilder(
        "<svg class=\"forest\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" %s>"
            .formatted(WIDTH, height, WIDTH, height, attributes));
  }

  private static String line(String kind, double x1, double y1, double x2, double y2) {
    return String.format(
        Locale.ROOT,
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        kind,
        x1,
        y1,
        x2,
        y2);
  }

  private double x(double value) {
    return MARGIN + (value - low) / (high - low) * (WIDTH - 2 * MARGIN);
  }
}

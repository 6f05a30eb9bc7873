package org.marginsoftmax.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The validation figure of a sweep against each option that varies. */
final class Against {
  /** Numbers that differ by more than this factor stand on an axis of powers of ten. */
  private static final double WIDE = 50;

  /** Characters of a text below an axis. */
  private static final int LABEL = 12;

  private Against() {}

  /**
   * A configuration that has the figure.
   *
   * @param rank from 1
   * @param values of the options: numbers or text; empty text for one that was left out
   * @param figure mean over its runs
   * @param deviation standard deviation over its runs; 0 for fewer than two
   */
  record Point(Integer rank, List<Object> values, double figure, double deviation) {}

  /**
   * A figure for each option that varies.
   *
   * @param figure in words
   * @param options names
   */
  static String figures(String figure, List<String> options, List<Point> points) {
    return IntStream.range(0, options.size())
        .filter(k -> points.stream().map(p -> p.values().get(k)).distinct().count() > 1)
        .mapToObj(k -> figure(figure, options, points, k))
        .collect(Collectors.joining());
  }

  private static String figure(
      String figure, List<String> options, List<Point> points, int option) {
    List<Object> values = points.stream().map(point -> point.values().get(option)).toList();
    boolean numbers = values.stream().allMatch(Number.class::isInstance);
    List<Object> categories = values.stream().distinct().toList();
    double[] xs =
        values.stream()
            .mapToDouble(v -> numbers ? ((Number) v).doubleValue() : categories.indexOf(v))
            .toArray();
    double[] ys = points.stream().mapToDouble(Point::figure).toArray();
    double[] deviations = points.stream().mapToDouble(Point::deviation).toArray();
    Chart chart =
        new Chart(
            numbers ? along(options.get(option), xs) : along(options.get(option), categories),
            up(figure, ys, deviations));
    for (int i = 0; i < xs.length; i++) {
      if (deviations[i] > 0) {
        chart =
            chart.line(
                "accent",
                new double[] {xs[i], xs[i]},
                new double[] {ys[i] - deviations[i], ys[i] + deviations[i]},
                said(options, points.get(i)));
      }
    }
    chart =
        chart.dots("accent", xs, ys, points.stream().map(point -> said(options, point)).toList());
    String title = "Validation %s against %s".formatted(figure, options.get(option));
    return Chart.figure(
        chart.svg(
            "against-" + option,
            title,
            "%d configurations; the ranking above has their numbers.".formatted(points.size())),
        title + (Arrays.stream(deviations).anyMatch(d -> d > 0) ? ", ± over the seeds." : "."));
  }

  private static Axis along(String option, double[] xs) {
    double low = Arrays.stream(xs).min().orElseThrow();
    double high = Arrays.stream(xs).max().orElseThrow();
    if (low > 0 && high >= WIDE * low) {
      return Axis.log(option, low / 1.5, high * 1.5);
    }
    double room = high > low ? (high - low) / 20 : Math.max(1e-6, Math.abs(low) / 10);
    return Axis.linear(option, low - room, high + room);
  }

  /** Texts side by side; one for an option that was left out is a dash. */
  private static Axis along(String option, List<Object> categories) {
    int n = categories.size();
    // Names that would meet below the axis are left to the dots.
    int every = (n + 3) / 4;
    return new Axis(
        option,
        -0.5,
        n - 0.5,
        v -> v,
        IntStream.range(0, n)
            .filter(i -> i % every == 0)
            .mapToObj(i -> new Axis.Tick(i, label(categories.get(i).toString())))
            .toList());
  }

  private static String label(String text) {
    if (text.isEmpty()) {
      return Tables.UNDEFINED;
    }
    return text.codePointCount(0, text.length()) <= LABEL
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LABEL - 1)) + "…";
  }

  private static Axis up(String figure, double[] ys, double[] deviations) {
    double low =
        IntStream.range(0, ys.length).mapToDouble(i -> ys[i] - deviations[i]).min().orElseThrow();
    double high =
        IntStream.range(0, ys.length).mapToDouble(i -> ys[i] + deviations[i]).max().orElseThrow();
    double room = high > low ? (high - low) / 12 : Math.max(1e-3, Math.abs(low) / 20);
    return Axis.linear(figure, low - room, high + room);
  }

  /** Such as {@code 2: margin 0.3, 0.9120}. */
  private static String said(List<String> options, Point point) {
    String values =
        IntStream.range(0, options.size())
            .filter(k -> !point.values().get(k).equals(""))
            .mapToObj(k -> options.get(k) + " " + point.values().get(k))
            .collect(Collectors.joining(", "));
    return String.format(Locale.ROOT, "%s: %s, %.4f", point.rank(), values, point.figure());
  }
}

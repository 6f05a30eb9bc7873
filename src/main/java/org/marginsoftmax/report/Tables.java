package org.marginsoftmax.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;

/** Rows of the pages' tables, for readers with and without scripts. */
final class Tables {
  static final String UNDEFINED = "–";

  private Tables() {}

  /** Rows of a metric, its value and its definition. */
  static String figures(List<Metric> metrics) {
    return metrics.stream()
        .map(
            m ->
                row(
                    m.figure().title(),
                    number(shown(m)) + "<td class=\"soft\">" + Page.escaped(m.definition())))
        .collect(Collectors.joining());
  }

  /** An option and its value. */
  static String configuration(Map<String, String> options) {
    return options.entrySet().stream()
        .map(option -> row(option.getKey(), "<td>" + Page.escaped(option.getValue())))
        .collect(Collectors.joining());
  }

  /** A value such as 25.1° or 0.9180; a dash if the metric is undefined. */
  static String shown(Metric metric) {
    OptionalDouble value = metric.value();
    return value.isEmpty()
        ? UNDEFINED
        : metric.figure().unit() == Figure.Unit.DEGREES
            ? String.format(Locale.ROOT, "%.1f°", value.getAsDouble())
            : String.format(Locale.ROOT, "%.4f", value.getAsDouble());
  }

  static String row(String name, String cells) {
    return "<tr><th scope=\"row\">" + Page.escaped(name) + cells + "\n";
  }

  static String number(String value) {
    return "<td class=\"number\">" + value;
  }
}

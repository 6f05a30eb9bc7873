package org.marginsoftmax.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;

/** Tables of the pages, for readers with and without scripts. */
final class Tables {
  static final String UNDEFINED = "–";

  private Tables() {}

  /** A table for each protocol: a metric, its value, interval, threshold and definition. */
  static String figures(List<Metric> metrics) {
    StringBuilder html = new StringBuilder();
    for (Figure.Kind kind : Figure.Kind.values()) {
      List<Metric> of = metrics.stream().filter(m -> m.figure().kind() == kind).toList();
      if (!of.isEmpty()) {
        html.append(table(kind, of));
      }
    }
    return html.toString();
  }

  private static String table(Figure.Kind kind, List<Metric> metrics) {
    boolean thresholds = metrics.stream().anyMatch(m -> m.threshold().isPresent());
    String head =
        "<tr><th scope=\"col\">Figure</th>"
            + "<th scope=\"col\" class=\"number\">Value</th>"
            + "<th scope=\"col\" class=\"number\">Interval of 95 %</th>"
            + (thresholds ? "<th scope=\"col\" class=\"number\">Threshold</th>" : "")
            + "<th scope=\"col\">What it is</th></tr>";
    return "<table class=\"metrics\"><caption>%s</caption><thead>%s</thead><tbody>\n%s</tbody></table>\n"
        .formatted(
            Page.escaped(capital(kind.title())),
            head,
            metrics.stream().map(m -> figure(m, thresholds)).collect(Collectors.joining()));
  }

  private static String figure(Metric metric, boolean threshold) {
    boolean defined = metric.value().isPresent();
    return row(
        metric.figure().title(),
        (defined ? number(shown(metric)) : "<td class=\"number soft\">undefined")
            + cell(metric.interval().isPresent(), "Interval", range(metric))
            + (threshold
                ? cell(
                    metric.threshold().isPresent(),
                    "Threshold",
                    String.format(Locale.ROOT, "%.4f", metric.threshold().orElse(0)))
                : "")
            + "<td class=\"soft\">"
            + Page.escaped(metric.definition()));
  }

  /** A narrow page shows the name before the value. */
  private static String cell(boolean there, String name, String value) {
    return there
        ? "<td class=\"number\" data-name=\"" + name + "\">" + value
        : "<td class=\"number none\"><span class=\"soft\">" + UNDEFINED + "</span>";
  }

  /** Words with a capital at the beginning. */
  static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  /** An option and its value. */
  static String configuration(Map<String, String> options) {
    return options.entrySet().stream()
        .map(
            option ->
                row(option.getKey(), "<td><bdi>" + Page.escaped(option.getValue()) + "</bdi>"))
        .collect(Collectors.joining());
  }

  /** A value such as 25.1° or 0.9180; a dash if the metric is undefined. */
  static String shown(Metric metric) {
    OptionalDouble value = metric.value();
    return value.isEmpty() ? UNDEFINED : shown(metric.figure(), value.getAsDouble());
  }

  private static String shown(Figure figure, double value) {
    return figure.unit() == Figure.Unit.DEGREES
        ? String.format(Locale.ROOT, "%.1f°", value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  /** Such as {@code 0.9012 to 0.9301}; a dash if there is no interval. */
  static String range(Metric metric) {
    return metric
        .interval()
        .map(i -> shown(metric.figure(), i.low()) + " to " + shown(metric.figure(), i.high()))
        .orElse(UNDEFINED);
  }

  /** The interval after a value, in brackets; nothing if there is none. */
  static String interval(Metric metric) {
    return metric.interval().isPresent() ? " (" + range(metric) + ")" : "";
  }

  static String row(String name, String cells) {
    return "<tr><th scope=\"row\">" + Page.escaped(name) + cells + "\n";
  }

  static String number(String value) {
    return "<td class=\"number\">" + value;
  }
}

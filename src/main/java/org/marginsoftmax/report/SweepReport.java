package org.marginsoftmax.report;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;

/**
 * The HTML report of a sweep: the configurations ranked by a validation figure, that figure against
 * each option, the spheres of the best runs side by side, and a table of their test metrics, which
 * rank nothing.
 *
 * @param title of the page
 * @param figure the validation figure that ranks, in words
 * @param higherIsBetter of that figure
 * @param options names of the options that vary
 * @param rows configurations, the best first
 * @param classNames of the classes shown, by number
 * @param classes number of all classes
 * @param coloured labels of the classes that get a colour of their own, at most 30; the others are
 *     grey
 * @param runs the best, in the order shown; none without test samples
 * @param thumbnails images of the points on the spheres, the same samples in each; null for none
 */
public record SweepReport(
    String title,
    String figure,
    boolean higherIsBetter,
    List<String> options,
    List<Row> rows,
    List<String> classNames,
    int classes,
    int[] coloured,
    List<Run> runs,
    Thumbnails thumbnails) {

  /**
   * A configuration.
   *
   * @param rank from 1
   * @param values of the options: numbers or text; empty text for one that was left out
   * @param validation mean over its runs of the figure; null for none
   * @param deviation standard deviation over its runs; null for fewer than two
   * @param runs number of its runs
   * @param trouble why one of them failed; null if none did
   */
  public record Row(
      Integer rank,
      List<Object> values,
      Double validation,
      Double deviation,
      int runs,
      String trouble) {
    private Against.Point point() {
      return new Against.Point(rank, values, validation, deviation == null ? 0 : deviation);
    }

    /** Such as {@code 0.9120 ± 0.0031}. */
    private String shown() {
      return validation == null
          ? Tables.UNDEFINED
          : String.format(Locale.ROOT, "%.4f", validation)
              + (deviation == null ? "" : String.format(Locale.ROOT, " ± %.4f", deviation));
    }
  }

  /**
   * One of the best runs.
   *
   * @param name such as {@code 1: margin 0.5}
   * @param sphere of its test features
   * @param metrics on its test samples
   */
  public record Run(String name, Sphere sphere, List<Metric> metrics) {
    private Map<String, Object> asData() {
      return Map.of("name", name, "sphere", sphere.inSpace().asData());
    }
  }

  /** Writes the page as a single self-contained file, under a temporary name first. */
  public void write(Path file) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("classNames", classNames);
    data.put("classes", classes);
    data.put("coloured", coloured);
    data.put("runs", runs.stream().map(Run::asData).toList());
    data.put("sheet", thumbnails == null ? null : thumbnails.sheet().asData());
    Page.write(file, title, "sweep", parts(), data);
  }

  private Map<String, String> parts() {
    return Map.of(
        "figure",
        Page.escaped(figure),
        "better",
        higherIsBetter ? "higher" : "lower",
        "columns",
        columns(),
        "ranking",
        rows.stream().map(this::ranked).collect(Collectors.joining()),
        "against",
        Against.figures(
            figure,
            options,
            rows.stream().filter(row -> row.validation() != null).map(Row::point).toList()),
        "untested",
        runs.isEmpty() ? "hidden" : "",
        "heads",
        heads(),
        "figures",
        sideBySide());
  }

  private String columns() {
    return "<tr><th scope=\"col\" class=\"number\">Rank"
        + options.stream()
            .map(name -> "<th scope=\"col\">" + Page.escaped(name))
            .collect(Collectors.joining())
        + "<th scope=\"col\" class=\"number\">Validation "
        + Page.escaped(figure)
        + "<th scope=\"col\" class=\"number\">Runs\n";
  }

  private String ranked(Row row) {
    return "<tr><td class=\"number\">"
        + (row.rank() == null ? Tables.UNDEFINED : row.rank())
        + row.values().stream()
            .map(
                value ->
                    "<td>" + Page.escaped(value.equals("") ? Tables.UNDEFINED : value.toString()))
            .collect(Collectors.joining())
        + Tables.number(row.shown())
        + Tables.number(String.valueOf(row.runs()))
        + (row.trouble() == null
            ? ""
            : "\n<tr><td><td class=\"soft\" colspan=\"%d\">%s"
                .formatted(options.size() + 2, Page.escaped(row.trouble())))
        + "\n";
  }

  /** Names of runs, above their columns. */
  private String heads() {
    return runs.stream()
        .map(run -> "<th scope=\"col\" class=\"number\">" + Page.escaped(run.name()))
        .collect(Collectors.joining("", "<tr><th scope=\"col\">Figure", "\n"));
  }

  /** Rows of a metric and its value in each run. */
  private String sideBySide() {
    return Arrays.stream(Figure.values())
        .filter(
            f -> runs.stream().anyMatch(r -> r.metrics().stream().anyMatch(m -> m.figure() == f)))
        .map(
            f ->
                Tables.row(
                    f.title(),
                    runs.stream()
                        .map(run -> Tables.number(shown(f, run.metrics())))
                        .collect(Collectors.joining())))
        .collect(Collectors.joining());
  }

  private static String shown(Figure figure, List<Metric> metrics) {
    return metrics.stream()
        .filter(m -> m.figure() == figure)
        .map(Tables::shown)
        .findAny()
        .orElse(Tables.UNDEFINED);
  }
}

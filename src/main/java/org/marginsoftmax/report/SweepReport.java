package org.marginsoftmax.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;

/**
 * The HTML report of a sweep: a sphere for each run, side by side, and a table of their metrics.
 *
 * @param title of the page
 * @param classNames of the classes shown, by number
 * @param classes number of all classes
 * @param coloured labels of the classes that get a colour of their own, at most 20; the others are
 *     grey
 * @param runs in the order shown
 * @param thumbnails images of the points on the spheres, the same samples in each; null for none
 */
public record SweepReport(
    String title,
    List<String> classNames,
    int classes,
    int[] coloured,
    List<Run> runs,
    Thumbnails thumbnails) {

  /**
   * One run of the sweep.
   *
   * @param name such as {@code m 0.5}
   * @param sphere of its test features
   * @param metrics on its test samples
   */
  public record Run(String name, Sphere sphere, List<Metric> metrics) {
    private Map<String, Object> asData() {
      return Map.of("name", name, "sphere", sphere.asData());
    }
  }

  /** Writes the page as a single self-contained file, under a temporary name first. */
  public void write(Path file) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("classNames", classNames);
    data.put("classes", classes);
    data.put("coloured", coloured);
    data.put("runs", runs.stream().map(Run::asData).toList());
    data.put("sheet", thumbnails == null ? null : thumbnails.sheet());
    Page.write(file, title, "sweep", Map.of("heads", heads(), "figures", sideBySide()), data);
  }

  /** Names of runs, above their columns. */
  private String heads() {
    return runs.stream()
        .map(run -> "<th scope=\"col\" class=\"number\">" + Page.escaped(run.name()))
        .collect(Collectors.joining("", "<tr><th scope=\"col\">Figure", "\n"));
  }

  /** Rows of a metric and its value in each run. */
  private String sideBySide() {
    return runs.get(0).metrics().stream()
        .map(
            m ->
                Tables.row(
                    m.figure().title(),
                    runs.stream()
                        .map(run -> Tables.number(shown(m.figure(), run.metrics())))
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

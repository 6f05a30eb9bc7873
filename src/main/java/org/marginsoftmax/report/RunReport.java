package org.marginsoftmax.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;

/**
 * The HTML report of one run.
 *
 * @param title of the page
 * @param metrics on the test samples
 * @param configuration values by option name
 * @param classNames of the classes shown, by number
 * @param classes number of all classes
 * @param coloured labels of the classes that get a colour of their own, at most 20; the others are
 *     grey
 * @param samples number of test samples that the projection was fitted on
 * @param sphere some of those samples in three dimensions
 * @param thumbnails images of the points on the sphere, in the same order; null for none
 * @param ownAngles angle in degrees between each test sample and the center of its class
 * @param otherAngles angle in degrees between each test sample and the nearest center of another
 *     class
 * @param history of the training
 */
public record RunReport(
    String title,
    List<Metric> metrics,
    Map<String, String> configuration,
    List<String> classNames,
    int classes,
    int[] coloured,
    int samples,
    Sphere sphere,
    Thumbnails thumbnails,
    float[] ownAngles,
    float[] otherAngles,
    List<Curve> history) {
  private static final int CURVE_POINTS = 800;
  private static final int DEGREES_A_BIN = 2;

  /** Writes the page as a single self-contained file, under a temporary name first. */
  public void write(Path file) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("classNames", classNames);
    data.put("classes", classes);
    data.put("coloured", coloured);
    data.put("samples", samples);
    data.put("sphere", sphere.asData());
    data.put("sheet", thumbnails == null ? null : thumbnails.sheet());
    data.put("binDegrees", DEGREES_A_BIN);
    data.put("ownAngles", histogram(ownAngles));
    data.put("otherAngles", histogram(otherAngles));
    data.put("history", Curve.thinned(history, CURVE_POINTS));
    Map<String, String> html = new LinkedHashMap<>();
    html.put("lead", Page.escaped(lead()));
    html.put("figures", Tables.figures(metrics));
    html.put("configuration", Tables.configuration(configuration));
    Page.write(file, title, "report", html, data);
  }

  /** A sentence that sums up the metrics. */
  private String lead() {
    String known =
        Stream.of(
                said(
                    Figure.ACCURACY,
                    "%s of the test samples lie nearest to the centre of their class"),
                said(
                    Figure.MEAN_ANGLE_WITHIN_CLASS,
                    "test samples are on average %s from the middle of their class"),
                said(
                    Figure.SMALLEST_ANGLE_BETWEEN_CLASS_MEANS,
                    "the closest two classes are %s apart"))
            .flatMap(Optional::stream)
            .collect(Collectors.joining("; "));
    long undefined = metrics.stream().filter(m -> m.value().isEmpty()).count();
    return known
        + (undefined == 0
            ? "."
            : (known.isEmpty() ? "" : "; ")
                + (undefined == 1
                        ? "%d of %d figures is undefined here, the table says why."
                        : "%d of %d figures are undefined here, the table says why.")
                    .formatted(undefined, metrics.size()));
  }

  private Optional<String> said(Figure figure, String sentence) {
    return metrics.stream()
        .filter(m -> m.figure() == figure && m.value().isPresent())
        .map(
            m ->
                sentence.formatted(
                    figure.unit() == Figure.Unit.SHARE
                        ? String.format(Locale.ROOT, "%.1f %%", 100 * m.value().getAsDouble())
                        : Tables.shown(m)))
        .findAny();
  }

  /** Counts of angles in bins from 0 to 180 degrees. */
  static int[] histogram(float[] degrees) {
    int[] counts = new int[180 / DEGREES_A_BIN];
    for (float angle : degrees) {
      counts[Math.min(counts.length - 1, (int) (angle / DEGREES_A_BIN))]++;
    }
    return counts;
  }
}

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
import org.marginsoftmax.eval.PairScores;

/**
 * The HTML report of one run. All of it but the sphere can be read without scripts.
 *
 * @param title of the page
 * @param metrics on the test samples
 * @param scores of the pairs of test samples; empty if there are none
 * @param configuration values by option name
 * @param provenance how the run can be made again and what it was made with, by name
 * @param classNames of the classes shown, by number
 * @param classes number of all classes
 * @param coloured labels of the classes that get a colour of their own, at most 30; the others are
 *     grey
 * @param samples number of test samples that the projection was fitted on
 * @param sphere some of those samples along their principal components
 * @param growth how features came to lie there; null for none
 * @param thumbnails images of the points on the sphere, in the same order; null for none
 * @param angles of the test samples
 * @param mistakes of the network
 * @param training its course
 */
public record RunReport(
    String title,
    List<Metric> metrics,
    Optional<PairScores> scores,
    Map<String, String> configuration,
    Map<String, String> provenance,
    List<String> classNames,
    int classes,
    int[] coloured,
    int samples,
    Sphere sphere,
    Growth growth,
    Thumbnails thumbnails,
    Angles angles,
    Mistakes mistakes,
    Training training) {
  /** The figures that a reader looks for first. */
  private static final List<Figure> FIRST =
      List.of(Figure.ACCURACY, Figure.EQUAL_ERROR_RATE, Figure.TAR_AT_FAR_1E_3, Figure.RECALL_AT_1);

  /** Writes the page as a single self-contained file, under a temporary name first. */
  public void write(Path file) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("classNames", classNames);
    data.put("classes", classes);
    data.put("coloured", coloured);
    data.put("samples", samples);
    data.put("sphere", sphere.asData());
    data.put("growth", growth == null ? null : growth.asData());
    data.put("sheet", thumbnails == null ? null : thumbnails.sheet().asData());
    Page.write(file, title, "report", sections(), data);
  }

  private Map<String, String> sections() {
    Map<String, String> html = new LinkedHashMap<>();
    html.put("sphere", SphereSection.html(sphere, classNames, classes, coloured, samples));
    html.put("lead", Page.escaped(lead()));
    html.put("glance", glance());
    html.put("figures", Tables.figures(metrics));
    html.put(
        "verification",
        scores
            .map(
                s ->
                    PairFigures.roc(s, metrics)
                        + PairFigures.det(s, metrics)
                        + PairFigures.histogram(s, metrics))
            .orElse(
                "<p class=\"note\">Undefined here: it needs two test samples of one class, and one of another.</p>"));
    html.put("angles", angles.figures());
    html.put("confusion", ClassSections.confusion(mistakes));
    html.put("ranked", ClassSections.ranked(mistakes));
    html.put("pairs", SampleSections.pairs(mistakes));
    html.put("neighbours", SampleSections.neighbours(mistakes));
    html.put("suspects", SampleSections.suspects(mistakes));
    html.put("shots", mistakes.sheet().style());
    html.put("training", training.figures());
    html.put("configuration", Tables.configuration(configuration));
    html.put("provenance", Tables.configuration(provenance));
    return html;
  }

  /** The first figures, in large. */
  private String glance() {
    return metrics.stream()
        .filter(m -> FIRST.contains(m.figure()) && m.value().isPresent())
        .map(
            m ->
                "<div><dt>%s</dt><dd class=\"value\">%s</dd><dd class=\"soft\">%s</dd></div>\n"
                    .formatted(
                        Page.escaped(m.figure().title()),
                        Tables.shown(m),
                        m.interval().isPresent() ? "95 %: " + Tables.range(m) : "no interval"))
        .collect(Collectors.joining());
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
}

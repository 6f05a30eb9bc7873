package org.marginsoftmax.report;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.Verdict;

/**
 * The HTML page that compares runs: verdicts in short, a forest plot of the differences for each
 * protocol, the options that differ, and those that are the same. It needs no script.
 *
 * @param title of the page
 * @param lead which samples, in a sentence
 * @param chance what the number of comparisons means, in words
 * @param runs the baseline first
 */
public record CompareReport(String title, String lead, String chance, List<Run> runs) {
  /**
   * A run.
   *
   * @param name that it is called by, unlike the others'
   * @param title what it is, in words
   * @param configuration values of its options by name
   * @param metrics on the samples
   * @param differences to the baseline; none for the baseline
   * @param notes what to know when reading the differences
   */
  public record Run(
      String name,
      String title,
      Map<String, String> configuration,
      List<Metric> metrics,
      List<Difference> differences,
      List<String> notes) {
    private Optional<Metric> metric(Figure figure) {
      return metrics.stream().filter(m -> m.figure() == figure).findAny();
    }

    private Optional<Difference> difference(Figure figure) {
      return differences.stream().filter(d -> d.figure() == figure).findAny();
    }
  }

  /** Figures of one protocol and unit, which share a scale. */
  private record Group(Figure.Kind kind, Figure.Unit unit, List<Figure> figures) {}

  /** Writes the page as a single self-contained file, under a temporary name first. */
  public void write(Path file) {
    Page.write(
        file,
        title,
        "compare",
        Map.of(
            "lead", Page.escaped(lead),
            "chance", Page.escaped(chance),
            "short", runs.stream().map(this::inShort).collect(Collectors.joining()),
            "forests", groups().stream().map(this::forest).collect(Collectors.joining()),
            "heads", heads(),
            "different", options(true),
            "same", options(false),
            "definitions", definitions()));
  }

  private List<Run> others() {
    return runs.subList(1, runs.size());
  }

  private String inShort(Run run) {
    String what =
        run == runs.get(0)
            ? "the baseline, which the others are compared with"
            : Arrays.stream(Verdict.values())
                .map(verdict -> counted(run, verdict))
                .filter(words -> !words.isEmpty())
                .collect(Collectors.joining("; "));
    return "<li><strong>%s</strong> <span class=\"soft\">%s</span><br>%s%s\n"
        .formatted(
            Page.escaped(run.name()),
            Page.escaped(run.title()),
            Page.escaped(what),
            run.notes().stream()
                .map(note -> "<br><span class=\"soft\">" + Page.escaped(note) + "</span>")
                .collect(Collectors.joining()));
  }

  /** Such as {@code better: 2 (Accuracy, EER)}; figures are named where something was shown. */
  private static String counted(Run run, Verdict verdict) {
    List<String> figures =
        run.differences().stream()
            .filter(d -> d.verdict() == verdict)
            .map(d -> d.figure().title())
            .toList();
    boolean shown =
        Set.of(Verdict.BETTER, Verdict.WORSE, Verdict.HIGHER, Verdict.LOWER).contains(verdict);
    return figures.isEmpty()
        ? ""
        : "%s: %d%s"
            .formatted(
                verdict.words(),
                figures.size(),
                shown ? " (" + String.join(", ", figures) + ")" : "");
  }

  private List<Group> groups() {
    Set<List<Object>> keys = new LinkedHashSet<>();
    for (Figure figure : Figure.values()) {
      if (runs.stream().anyMatch(run -> run.metric(figure).isPresent())) {
        keys.add(List.of(figure.kind(), figure.unit()));
      }
    }
    return keys.stream()
        .map(key -> group((Figure.Kind) key.get(0), (Figure.Unit) key.get(1)))
        .toList();
  }

  private Group group(Figure.Kind kind, Figure.Unit unit) {
    return new Group(
        kind,
        unit,
        Arrays.stream(Figure.values())
            .filter(f -> f.kind() == kind && f.unit() == unit)
            .filter(f -> runs.stream().anyMatch(run -> run.metric(f).isPresent()))
            .toList());
  }

  private String forest(Group group) {
    ForestPlot plot =
        ForestPlot.of(
            others().stream()
                .flatMap(run -> run.differences().stream())
                .filter(d -> group.figures().contains(d.figure()))
                .toList());
    String name = group.kind().title() + (group.unit() == Figure.Unit.DEGREES ? ", degrees" : "");
    return """
        <section class="wide"><h2>%s</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="%s"><table class="forests">
        <thead><tr><th scope="col">Figure<th scope="col">Run<th scope="col" class="number">Baseline<th scope="col" class="number">Value<th scope="col" class="number">Difference<th scope="col" class="number">95 %% interval<th scope="col">Verdict<th scope="col"><span class="soft">left: smaller than the baseline, right: larger</span>%s
        %s</table></div></section>
        """
        .formatted(
            Tables.capital(name),
            "differences, " + name,
            plot.axis(),
            group.figures().stream().map(f -> rows(f, plot)).collect(Collectors.joining()));
  }

  private String rows(Figure figure, ForestPlot plot) {
    StringBuilder rows = new StringBuilder("<tbody>\n");
    for (Run run : others()) {
      Difference difference = run.difference(figure).orElse(null);
      if (difference == null) {
        continue;
      }
      rows.append("<tr>");
      if (run == others().get(0)) {
        rows.append(
            "<th scope=\"rowgroup\" rowspan=\"%d\">%s<br><span class=\"soft\">%s</span>"
                .formatted(others().size(), figure.title(), side(figure)));
      }
      rows.append("<td>")
          .append(Page.escaped(run.name()))
          .append(Tables.number(shown(runs.get(0), figure)))
          .append(Tables.number(shown(run, figure)))
          .append(
              Tables.number(
                  difference.value().stream()
                      .mapToObj(v -> signed(figure, v))
                      .findAny()
                      .orElse(Tables.UNDEFINED)))
          .append(
              Tables.number(
                  difference
                      .interval()
                      .map(i -> signed(figure, i.low()) + " .. " + signed(figure, i.high()))
                      .orElse(Tables.UNDEFINED)))
          .append("<td class=\"")
          .append(difference.verdict().name().toLowerCase(Locale.ROOT))
          .append("\">")
          .append(difference.verdict().words())
          .append("<td>")
          .append(plot.row(difference))
          .append("\n");
    }
    return rows.toString();
  }

  private static String side(Figure figure) {
    return switch (figure.better()) {
      case HIGHER -> "higher is better";
      case LOWER -> "lower is better";
      case NEITHER -> "describes, judges nothing";
    };
  }

  private static String shown(Run run, Figure figure) {
    return run.metric(figure).map(Tables::shown).orElse(Tables.UNDEFINED);
  }

  private static String signed(Figure figure, double value) {
    return value == 0
        ? "0"
        : String.format(
            Locale.ROOT, figure.unit() == Figure.Unit.DEGREES ? "%+.2f°" : "%+.4f", value);
  }

  private String heads() {
    return runs.stream()
        .map(run -> "<th scope=\"col\">" + Page.escaped(run.name()))
        .collect(Collectors.joining("", "<tr><th scope=\"col\">Option", "\n"));
  }

  /** Rows of the options that differ between the runs, or of those that do not. */
  private String options(boolean different) {
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(run -> names.addAll(run.configuration().keySet()));
    return names.stream()
        .filter(name -> different == values(name).stream().distinct().count() > 1)
        .map(
            name ->
                Tables.row(
                    name,
                    (different ? values(name) : values(name).subList(0, 1))
                        .stream()
                            .map(value -> "<td>" + Page.escaped(value))
                            .collect(Collectors.joining())))
        .collect(Collectors.joining());
  }

  private List<String> values(String option) {
    return runs.stream()
        .map(run -> run.configuration().getOrDefault(option, Tables.UNDEFINED))
        .toList();
  }

  /** What was computed, as the first run that has the figure says it. */
  private String definitions() {
    return Arrays.stream(Figure.values())
        .flatMap(
            figure ->
                runs.stream()
                    .flatMap(run -> run.metric(figure).stream())
                    .sorted((a, b) -> Boolean.compare(a.value().isEmpty(), b.value().isEmpty()))
                    .limit(1))
        .map(m -> Tables.row(m.figure().title(), "<td>" + Page.escaped(m.definition())))
        .collect(Collectors.joining());
  }
}

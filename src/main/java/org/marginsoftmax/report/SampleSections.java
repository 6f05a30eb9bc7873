package org.marginsoftmax.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.HardPairs;
import org.marginsoftmax.eval.Neighbours;

/** Samples that say what a network sees: hard pairs, neighbours, likely wrong labels. */
final class SampleSections {
  private SampleSections() {}

  /** The hardest pairs of both kinds. */
  static String pairs(Mistakes mistakes) {
    return String.format(
            Locale.ROOT,
            "<p class=\"note\">Among all pairs of %,d test samples, with their cosines. They are what a threshold gets wrong first; some are of a wrong label.</p>\n",
            mistakes.compared())
        + pairs(
            mistakes.sheet(),
            mistakes.pairs().genuine(),
            "Genuine pairs that look different",
            "genuine",
            "There is no genuine pair.")
        + pairs(
            mistakes.sheet(),
            mistakes.pairs().impostor(),
            "Impostor pairs that look alike",
            "impostor",
            "There is no impostor pair.");
  }

  private static String pairs(
      SampleSheet sheet, List<HardPairs.Pair> pairs, String title, String series, String none) {
    String items =
        pairs.stream()
            .map(
                p ->
                    "<li><span class=\"shots\">%s%s</span><b>%s</b><span class=\"classes\">%s</span></li>\n"
                        .formatted(
                            sheet.tag(p.first()),
                            sheet.tag(p.second()),
                            cosine(p.cosine()),
                            classes(sheet, p)))
            .collect(Collectors.joining());
    return "<h3 class=\"%s\">%s</h3>\n".formatted(series, title)
        + (pairs.isEmpty()
            ? "<p class=\"note\">" + none + "</p>\n"
            : "<ol class=\"pairs\">\n" + items + "</ol>\n");
  }

  private static String classes(SampleSheet sheet, HardPairs.Pair pair) {
    String first = className(sheet, pair.first());
    String second = className(sheet, pair.second());
    return first.equals(second) ? first : first + " and " + second;
  }

  /** Samples with those nearest to them; one is chosen by a control, if there are scripts. */
  static String neighbours(Mistakes mistakes) {
    if (mistakes.neighbours().isEmpty()) {
      return "<p class=\"note\">There is no other test sample.</p>";
    }
    SampleSheet sheet = mistakes.sheet();
    StringBuilder options = new StringBuilder();
    StringBuilder rows = new StringBuilder();
    for (Neighbours of : mistakes.neighbours()) {
      SampleSheet.Sample sample = sheet.samples().get(of.sample());
      options
          .append("<option>")
          .append(
              Page.escaped(
                  ClassSections.shortened(sample.className())
                      + ", "
                      + ClassSections.shortened(sample.name())))
          .append("</option>");
      rows.append("<li><div class=\"query\">")
          .append(sheet.tag(of.sample()))
          .append("<span class=\"classes\">")
          .append(className(sheet, of.sample()))
          .append("</span></div><ol class=\"nearest\">");
      for (int k = 0; k < of.nearest().length; k++) {
        boolean same = sample.className().equals(sheet.samples().get(of.nearest()[k]).className());
        rows.append(
            "<li class=\"%s\">%s<b>%s</b><span class=\"classes\">%s</span></li>"
                .formatted(
                    same ? "genuine" : "impostor",
                    sheet.tag(of.nearest()[k]),
                    cosine(of.cosines()[k]),
                    className(sheet, of.nearest()[k])));
      }
      rows.append("</ol></li>\n");
    }
    return String.format(
            Locale.ROOT,
            "<p class=\"note\">The nearest of %,d test samples by cosine; those of another class are underlined in the colour of impostors.</p>\n",
            mistakes.compared())
        + "<p class=\"controls\" id=\"neighbour-choice\" hidden><label>Sample <select id=\"neighbour-of\">"
        + options
        + "</select></label></p>\n<ol id=\"neighbours\">\n"
        + rows
        + "</ol>\n";
  }

  /** Training samples far from the centre of their class. */
  static String suspects(Mistakes mistakes) {
    String note =
        String.format(
            Locale.ROOT,
            "Of %,d training samples, those more than %.0f° from the centre of their class, the farthest first: most often their label is wrong, or they show nothing of the class.",
            mistakes.examined(),
            mistakes.angle());
    if (mistakes.suspects().isEmpty()) {
      return "<p class=\"note\">" + note + " There are none.</p>\n";
    }
    SampleSheet sheet = mistakes.sheet();
    String rows =
        mistakes.suspects().stream()
            .map(
                s ->
                    String.format(
                        Locale.ROOT,
                        "<tr><td>%s</td><th scope=\"row\"><bdi>%s</bdi></th><td>%s</td><td><bdi>%s</bdi></td><td class=\"number\">%.1f°</td></tr>\n",
                        sheet.tag(s.sample()),
                        Page.escaped(sheet.samples().get(s.sample()).name()),
                        className(sheet, s.sample()),
                        Page.escaped(mistakes.names().get(s.nearest())),
                        s.angle()))
            .collect(Collectors.joining());
    return "<p class=\"note\">%s</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"Table of likely wrong labels\" tabindex=\"0\"><table><caption>Likely wrong labels</caption><thead><tr><th scope=\"col\">Sample</th><th scope=\"col\">Name</th><th scope=\"col\">Its label</th><th scope=\"col\">Nearest class</th><th scope=\"col\" class=\"number\">Angle</th></tr></thead><tbody>\n%s</tbody></table></div>\n"
        .formatted(note, rows);
  }

  private static String className(SampleSheet sheet, int sample) {
    return "<bdi>" + Page.escaped(sheet.samples().get(sample).className()) + "</bdi>";
  }

  private static String cosine(float cosine) {
    return String.format(Locale.ROOT, "%.3f", cosine);
  }
}

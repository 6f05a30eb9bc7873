package org.marginsoftmax.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.marginsoftmax.eval.ClassResult;
import org.marginsoftmax.eval.ConfusionMatrix;

/** Tables of classes: which are taken for which, and which are hardest. */
final class ClassSections {
  /** Classes up to which the matrix is whole. */
  static final int MATRIX = 20;

  private static final int FREQUENT = 20;
  private static final int RANKED = 20;
  private static final int LISTED = 100;
  private static final int HEAD_LETTERS = 18;

  private ClassSections() {}

  /** The matrix, and the most frequent confusions. */
  static String confusion(Mistakes mistakes) {
    int classes = mistakes.names().size();
    int[] shown = mistakes.confusion().confused(classes, MATRIX);
    List<ConfusionMatrix.Confusion> frequent = mistakes.confusion().frequent(FREQUENT);
    String note =
        (classes <= MATRIX
                ? "A row for each class: where its test samples go, by the nearest class centre."
                : String.format(
                    Locale.ROOT,
                    "The %d of %,d classes that are confused most often: where their test samples go, by the nearest class centre. The last column has those taken for a class that is not shown.",
                    MATRIX,
                    classes))
            + " Right ones on the diagonal.";
    return "<p class=\"note\">%s</p>\n%s%s"
        .formatted(note, matrix(mistakes, shown, classes), frequent(mistakes, frequent));
  }

  private static String matrix(Mistakes mistakes, int[] shown, int classes) {
    boolean part = shown.length < classes;
    StringBuilder html = new StringBuilder();
    html.append(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Table of which classes are taken for which\" tabindex=\"0\"><table class=\"matrix\"><caption>Confusion matrix, test samples</caption><thead><tr><th scope=\"col\">Class</th>");
    for (int k : shown) {
      html.append(
          "<th scope=\"col\" class=\"up\" title=\"taken for %s\"><span><bdi>%s</bdi></span></th>"
              .formatted(name(mistakes, k), Page.escaped(shortened(mistakes.names().get(k)))));
    }
    html.append(part ? "<th scope=\"col\" class=\"up\"><span>others</span></th>" : "");
    html.append("</tr></thead><tbody>\n");
    for (int label : shown) {
      int all = mistakes.confusion().samples(label);
      html.append(
          "<tr><th scope=\"row\" title=\"%s\"><bdi>%s</bdi></th>"
              .formatted(
                  name(mistakes, label), Page.escaped(shortened(mistakes.names().get(label)))));
      int others = all;
      for (int predicted : shown) {
        int count = mistakes.confusion().count(label, predicted);
        others -= count;
        html.append(cell(mistakes, label, predicted, count, all));
      }
      html.append(part ? "<td class=\"number\">" + written(others) + "</td>" : "");
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  private static String cell(Mistakes mistakes, int label, int predicted, int count, int all) {
    if (count == 0) {
      return "<td class=\"number zero\">0</td>";
    }
    return String.format(
        Locale.ROOT,
        "<td class=\"number %s of%d\" title=\"%,d of %,d of %s taken for %s (%.1f %%)\">%,d</td>",
        label == predicted ? "hit" : "miss",
        // Tenths, which page.css shades.
        Math.round(10.0 * count / all),
        count,
        all,
        name(mistakes, label),
        name(mistakes, predicted),
        100.0 * count / all,
        count);
  }

  private static String frequent(Mistakes mistakes, List<ConfusionMatrix.Confusion> frequent) {
    if (frequent.isEmpty()) {
      return "<p class=\"note\">No test sample is taken for another class.</p>";
    }
    String rows =
        frequent.stream()
            .map(
                c ->
                    "<tr><th scope=\"row\"><bdi>%s</bdi></th><td><bdi>%s</bdi></td>%s%s</tr>\n"
                        .formatted(
                            name(mistakes, c.label()),
                            name(mistakes, c.predicted()),
                            Tables.number(written(c.samples())),
                            Tables.number(
                                percent(c.samples(), mistakes.confusion().samples(c.label())))))
            .collect(Collectors.joining());
    return "<div class=\"scroll\" role=\"region\" aria-label=\"Table of the most frequent confusions\" tabindex=\"0\"><table class=\"frequent\"><caption>Most frequent confusions</caption><thead><tr><th scope=\"col\">Class</th><th scope=\"col\">Taken for</th><th scope=\"col\" class=\"number\">Samples</th><th scope=\"col\" class=\"number\">Of the class</th></tr></thead><tbody>\n%s</tbody></table></div>\n"
        .formatted(rows);
  }

  /** The classes with the most errors, with examples. */
  static String ranked(Mistakes mistakes) {
    List<ClassResult> classes = mistakes.classes();
    long perfect = classes.stream().filter(c -> c.right() == c.samples()).count();
    String note =
        String.format(
            Locale.ROOT,
            "Of %,d classes with test samples %s without a mistake%s. The lowest accuracy comes first, of equal ones the larger mean angle to the centre of the class; examples are those farthest from it.",
            classes.size(),
            perfect == 0 ? "none is" : String.format(Locale.ROOT, "%,d are", perfect),
            classes.size() > LISTED
                ? String.format(Locale.ROOT, "; these are the hardest %d", LISTED)
                : "");
    String first =
        table(
            mistakes,
            classes.subList(0, Math.min(RANKED, classes.size())),
            "Classes by error",
            true);
    String rest =
        classes.size() <= RANKED
            ? ""
            : "<details><summary>The next %d</summary>%s</details>\n"
                .formatted(
                    Math.min(LISTED, classes.size()) - RANKED,
                    table(
                        mistakes,
                        classes.subList(RANKED, Math.min(LISTED, classes.size())),
                        "Classes by error, continued",
                        false));
    return "<p class=\"note\">" + note + "</p>\n" + first + rest;
  }

  private static String table(
      Mistakes mistakes, List<ClassResult> classes, String caption, boolean examples) {
    StringBuilder html = new StringBuilder();
    html.append(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Table: %s\" tabindex=\"0\"><table class=\"ranked\"><caption>%s</caption><thead><tr><th scope=\"col\">Class</th><th scope=\"col\" class=\"number\">Accuracy</th><th scope=\"col\" class=\"number\">Mean angle</th><th scope=\"col\" class=\"number\">Samples</th>%s</tr></thead><tbody>\n"
            .formatted(caption, caption, examples ? "<th scope=\"col\">Examples</th>" : ""));
    for (ClassResult result : classes) {
      html.append(
          String.format(
              Locale.ROOT,
              "<tr><th scope=\"row\"><bdi>%s</bdi></th><td class=\"number\">%.4f</td><td class=\"number\">%.1f°</td><td class=\"number\">%,d</td>",
              name(mistakes, result.label()),
              result.accuracy(),
              result.meanAngle(),
              result.samples()));
      if (examples) {
        html.append("<td><div class=\"shots\">");
        mistakes
            .examples()
            .getOrDefault(result.label(), List.of())
            .forEach(i -> html.append(mistakes.sheet().tag(i)));
        html.append("</div></td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  private static String name(Mistakes mistakes, int label) {
    return Page.escaped(mistakes.names().get(label));
  }

  /** A name that leaves room for others; what points at it says all of it. */
  static String shortened(String name) {
    int[] letters = name.codePoints().toArray();
    return letters.length <= HEAD_LETTERS
        ? name
        : new String(Arrays.copyOf(letters, HEAD_LETTERS - 1), 0, HEAD_LETTERS - 1).strip() + "…";
  }

  private static String written(int count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static String percent(int part, int all) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / all);
  }
}

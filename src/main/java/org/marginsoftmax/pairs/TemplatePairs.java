package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Pairs of templates, as those of IJB-B and IJB-C: a list of pairs of templates, and a list of the
 * images of each template. Templates are numbered as they first occur in pairs.
 */
final class TemplatePairs {
  private final Path list;
  private final Path templates;
  private final Path root;
  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  private TemplatePairs(Path list, Path root, Path templates) {
    this.list = list;
    this.templates = templates;
    this.root = root;
  }

  /**
   * Reads both lists.
   *
   * @param root folder that paths are relative to; null for that of the list of templates
   * @param templates images of the templates
   * @throws InvalidInputException if one cannot be understood, they contradict themselves or each
   *     other, or files are missing; with the line
   */
  static PairList read(Path list, Path root, Path templates) {
    return new TemplatePairs(list, root, templates).read();
  }

  private PairList read() {
    PairRows rows =
        PairTable.read(
            list,
            true,
            (name, subject, line) -> {
              if (name.isEmpty()) {
                throw new InvalidInputException(
                    "two templates", "none for one in line " + line, list, "mend the line");
              }
              return numbers.computeIfAbsent(name, n -> numbers.size());
            });
    TemplateTable table = TemplateTable.read(templates, root, numbers);
    int[][] images =
        IntStream.range(0, numbers.size()).mapToObj(table::images).toArray(int[][]::new);
    requireImages(rows, images);
    boolean[] same = same(rows, table.subjects());
    rows.require("template", same);
    return new PairAssembly(
            list,
            table.media(),
            images,
            table.subjects(),
            rows,
            same,
            groups(rows, table.groups()),
            table.remarks())
        .assemble();
  }

  private void requireImages(PairRows rows, int[][] images) {
    int[] bare = IntStream.range(0, images.length).filter(t -> images[t].length == 0).toArray();
    if (bare.length == 0) {
      return;
    }
    int row =
        IntStream.range(0, rows.size())
            .filter(i -> rows.first(i) == bare[0] || rows.second(i) == bare[0])
            .findFirst()
            .getAsInt();
    throw new InvalidInputException(
        "images of every template in " + templates,
        "none of %s, line %d%s"
            .formatted(
                numbers.keySet().stream().skip(bare[0]).findFirst().get(),
                rows.line(row),
                bare.length > 1 ? ", and of %d more".formatted(bare.length - 1) : ""),
        list,
        "add them, or remove the pairs");
  }

  private boolean[] same(PairRows rows, String[] subjects) {
    boolean[] same = new boolean[rows.size()];
    for (int i = 0; i < same.length; i++) {
      Boolean said = rows.same(i);
      if (subjects == null && said == null) {
        throw new InvalidInputException(
            "a column same, or subjects of the templates in " + templates,
            "neither",
            list,
            "add one");
      }
      if (subjects == null) {
        same[i] = said;
        continue;
      }
      same[i] = subjects[rows.first(i)].equals(subjects[rows.second(i)]);
      if (said != null && said != same[i]) {
        throw new InvalidInputException(
            "what the subjects say",
            "templates of '%s' and '%s' said to be %s in line %d"
                .formatted(
                    subjects[rows.first(i)],
                    subjects[rows.second(i)],
                    said ? "the same" : "different",
                    rows.line(i)),
            list,
            "mend the line or the subjects");
      }
    }
    return same;
  }

  /**
   * What is said of pairs, and of their templates: the value of both if it is one, else the two in
   * order, as in {@code indoor/outdoor}.
   */
  private Map<String, String[]> groups(PairRows rows, Map<String, String[]> ofTemplates) {
    Map<String, String[]> all = rows.groups();
    Map<String, String> joined = new HashMap<>();
    ofTemplates.forEach(
        (name, values) -> {
          String[] ofPairs =
              IntStream.range(0, rows.size())
                  .mapToObj(i -> joined(values[rows.first(i)], values[rows.second(i)], joined))
                  .toArray(String[]::new);
          if (all.put(name, ofPairs) != null) {
            throw new InvalidInputException(
                "other columns of pairs than of templates",
                name + " in both",
                templates,
                "rename one of them");
          }
        });
    return all;
  }

  private static String joined(String a, String b, Map<String, String> known) {
    String text = a.equals(b) ? a : a.compareTo(b) < 0 ? a + "/" + b : b + "/" + a;
    return known.computeIfAbsent(text, t -> t);
  }
}

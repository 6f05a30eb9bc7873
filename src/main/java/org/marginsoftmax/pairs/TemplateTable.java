package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.Ints;
import org.marginsoftmax.source.ListFile;

/**
 * The images of templates, in a CSV or TSV file: a row of template, path and maybe subject for each
 * image. Templates that no pair has are passed over.
 */
final class TemplateTable {
  private final Path file;
  private final Map<String, Integer> templates;
  private final FileMedia media;
  private final List<Ints> images = new ArrayList<>();
  private final String[] subjects;
  private final int[] firstLines;

  /** By column, what is said of each template. */
  private final Map<String, String[]> groups = new LinkedHashMap<>();

  /** Columns that say several things of one template: they are of images. */
  private final Set<String> ofImages = new HashSet<>();

  private final Set<String> passedOver = new HashSet<>();
  private TemplateColumns columns;

  private TemplateTable(Path file, Path root, Map<String, Integer> templates) {
    this.file = file;
    this.templates = templates;
    this.media = new FileMedia(file, root);
    this.subjects = new String[templates.size()];
    this.firstLines = new int[templates.size()];
    for (int t = 0; t < templates.size(); t++) {
      images.add(new Ints());
    }
  }

  /**
   * Reads a list.
   *
   * @param root folder that paths are relative to; null for that of the list
   * @param templates numbers of the templates of pairs, from 0, by name
   * @throws InvalidInputException if it cannot be understood, contradicts itself, or names files
   *     that are not there; with the line
   */
  static TemplateTable read(Path file, Path root, Map<String, Integer> templates) {
    TemplateTable table = new TemplateTable(file, root, templates);
    ListFile.of(file).read(table::row);
    table.media.requireAll();
    return table;
  }

  private void row(List<String> cells, int line) {
    if (columns == null) {
      columns = TemplateColumns.of(cells, file);
      columns.groups().keySet().forEach(name -> groups.put(name, new String[subjects.length]));
      if (columns.header()) {
        return;
      }
    }
    if (cells.size() < columns.needed()) {
      throw refused(columns.needed() + " cells", cells.size() + "", line);
    }
    String name = cells.get(columns.template());
    Integer template = templates.get(name);
    if (template == null) {
      passedOver.add(name);
      return;
    }
    boolean isFirst = firstLines[template] == 0;
    if (columns.subject() >= 0) {
      subject(template, name, cells.get(columns.subject()), line);
    }
    groups.forEach(
        (group, values) -> {
          String value = cells.get(columns.groups().get(group)).intern();
          if (isFirst) {
            values[template] = value;
          } else if (!value.equals(values[template])) {
            ofImages.add(group);
          }
        });
    firstLines[template] = isFirst ? line : firstLines[template];
    int medium = media.add(cells.get(columns.path()), line);
    if (medium >= 0) {
      images.get(template).add(medium);
    }
  }

  private void subject(int template, String name, String cell, int line) {
    if (cell.isEmpty()) {
      throw refused("a subject", "none", line);
    }
    String subject = Normalizer.normalize(cell, Normalizer.Form.NFC);
    if (subjects[template] != null && !subjects[template].equals(subject)) {
      throw new InvalidInputException(
          "one subject for each template",
          "'%s' in line %d and '%s' in line %d of template %s"
              .formatted(subjects[template], firstLines[template], subject, line, name),
          file,
          "mend the subjects");
    }
    subjects[template] = subject.intern();
  }

  FileMedia media() {
    return media;
  }

  /** The images of a template, each once; none if the file does not have it. */
  int[] images(int template) {
    return Arrays.stream(images.get(template).toArray()).distinct().toArray();
  }

  /** Subjects of the templates; null if the file has none. */
  String[] subjects() {
    return columns == null || columns.subject() < 0 ? null : subjects;
  }

  /** By column, what is said of each template; without columns that are of images. */
  Map<String, String[]> groups() {
    Map<String, String[]> ofTemplates = new LinkedHashMap<>(groups);
    ofTemplates.keySet().removeAll(ofImages);
    return ofTemplates;
  }

  /** What is odd, a line each. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (!passedOver.isEmpty()) {
      remarks.add("%d templates are in no pair, and passed over".formatted(passedOver.size()));
    }
    groups.keySet().stream()
        .filter(ofImages::contains)
        .forEach(
            name ->
                remarks.add(
                    "column %s differs within templates, and is passed over".formatted(name)));
    return remarks;
  }

  private InvalidInputException refused(String expected, String found, int line) {
    return new InvalidInputException(expected, found + " in line " + line, file, "mend the line");
  }
}

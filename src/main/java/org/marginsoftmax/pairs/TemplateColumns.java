package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Which column of a list of templates is what; {@link ColumnNames#NONE} for one that is not there.
 *
 * @param template name of the template
 * @param path file of one of its images
 * @param subject name of its subject
 * @param groups other columns, by name
 * @param header whether the first row names the columns
 */
record TemplateColumns(
    int template, int path, int subject, Map<String, Integer> groups, boolean header) {
  private static final Set<String> TEMPLATE = Set.of("template", "templateid", "tid");
  private static final Set<String> PATH =
      Set.of("path", "file", "filename", "filepath", "image", "imagepath", "img", "imgpath");
  private static final Set<String> SUBJECT = Set.of("subject", "subjectid", "label", "class");

  /**
   * Finds the columns by the first row: by the names in it; if it has none, they are the template,
   * the path and maybe the subject.
   *
   * @throws InvalidInputException if the columns cannot be told
   */
  static TemplateColumns of(List<String> row, Path file) {
    ColumnNames names = new ColumnNames(row, file);
    int template = names.of(TEMPLATE);
    int path = names.of(PATH);
    if (template >= 0 && path >= 0) {
      int subject = names.of(SUBJECT);
      return new TemplateColumns(
          template, path, subject, names.others(template, path, subject), true);
    }
    boolean bare = (row.size() == 2 || row.size() == 3) && template < 0 && path < 0;
    if (!bare) {
      throw new InvalidInputException(
          "a first row that names columns template, path and maybe subject, or rows of these",
          "'" + String.join("', '", row) + "'",
          file,
          "name the columns");
    }
    return new TemplateColumns(0, 1, row.size() == 3 ? 2 : ColumnNames.NONE, Map.of(), false);
  }

  /** Number of columns that a row must have at least. */
  int needed() {
    return 1
        + IntStream.concat(
                IntStream.of(template, path, subject), groups.values().stream().mapToInt(i -> i))
            .max()
            .getAsInt();
  }
}

package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/**
 * Which column of a list of pairs is what; {@link ColumnNames#NONE} for one that is not there.
 *
 * @param first image or template
 * @param second image or template
 * @param same whether both are of one subject
 * @param fold number of the fold
 * @param subject1 subject of the first image
 * @param subject2 subject of the second image
 * @param groups other columns, by name
 * @param header whether the first row names the columns
 */
record PairColumns(
    int first,
    int second,
    int same,
    int fold,
    int subject1,
    int subject2,
    Map<String, Integer> groups,
    boolean header) {
  private static final Set<String> PATH1 =
      Set.of(
          "path1", "file1", "filename1", "filepath1", "image1", "imagepath1", "img1", "imgpath1");
  private static final Set<String> PATH2 =
      Set.of(
          "path2", "file2", "filename2", "filepath2", "image2", "imagepath2", "img2", "imgpath2");
  private static final Set<String> TEMPLATE1 = Set.of("template1", "templateid1", "tid1");
  private static final Set<String> TEMPLATE2 = Set.of("template2", "templateid2", "tid2");
  private static final Set<String> SAME =
      Set.of("same", "issame", "label", "match", "genuine", "target");
  private static final Set<String> FOLD = Set.of("fold");
  private static final Set<String> SUBJECT1 = Set.of("subject1", "subjectid1");
  private static final Set<String> SUBJECT2 = Set.of("subject2", "subjectid2");

  /**
   * Finds the columns by the first row: by the names in it; if it has none, they are the two images
   * or templates, whether they are the same, and maybe the fold.
   *
   * @param ofTemplates whether the pairs are of templates
   * @throws InvalidInputException if the columns cannot be told
   */
  static PairColumns of(List<String> row, boolean ofTemplates, Path file) {
    ColumnNames names = new ColumnNames(row, file);
    int path1 = names.of(PATH1);
    int path2 = names.of(PATH2);
    int template1 = names.of(TEMPLATE1);
    int template2 = names.of(TEMPLATE2);
    if (!ofTemplates && template1 >= 0 && template2 >= 0) {
      throw new InvalidInputException(
          "images of the templates", "pairs of templates alone", file, "name them by `templates`");
    }
    int first = ofTemplates ? template1 : path1;
    int second = ofTemplates ? template2 : path2;
    if (first >= 0 && second >= 0) {
      return named(names, first, second, ofTemplates);
    }
    boolean bare =
        row.size() == 2
            ? ofTemplates
            : (row.size() == 3 || row.size() == 4)
                && SameValue.of(row.get(2)) != null
                && (ofTemplates || !isOtherNames(row));
    if (!bare || IntStream.of(path1, path2, template1, template2).anyMatch(i -> i >= 0)) {
      String kind = ofTemplates ? "template" : "path";
      throw new InvalidInputException(
          "a first row that names columns %s1, %s2 and same, or rows of two %ss and %s"
              .formatted(kind, kind, kind, SameValue.EXPECTED),
          "'" + String.join("', '", row) + "'",
          file,
          "name the columns");
    }
    return new PairColumns(
        0,
        1,
        row.size() == 2 ? ColumnNames.NONE : 2,
        row.size() == 4 ? 3 : ColumnNames.NONE,
        ColumnNames.NONE,
        ColumnNames.NONE,
        Map.of(),
        false);
  }

  /** Whether a row of three names columns by other names, as in left, right, same: no file is. */
  private static boolean isOtherNames(List<String> row) {
    return SAME.contains(row.get(2).toLowerCase(Locale.ROOT))
        && Stream.of(row.get(0), row.get(1)).noneMatch(cell -> cell.matches(".*[./\\\\].*"));
  }

  private static PairColumns named(ColumnNames names, int first, int second, boolean ofTemplates) {
    int same = names.of(SAME);
    int fold = names.of(FOLD);
    // Those of templates are where their images are.
    int subject1 = ofTemplates ? ColumnNames.NONE : names.of(SUBJECT1);
    int subject2 = ofTemplates ? ColumnNames.NONE : names.of(SUBJECT2);
    if (subject1 < 0 != subject2 < 0) {
      throw new InvalidInputException(
          "columns subject1 and subject2, or neither", "one", names.file(), "add the other one");
    }
    if (!ofTemplates && same < 0 && subject1 < 0) {
      throw new InvalidInputException(
          "a column same, or subject1 and subject2",
          String.join(", ", names.cells()),
          names.file(),
          "add one; it says " + SameValue.EXPECTED);
    }
    return new PairColumns(
        first,
        second,
        same,
        fold,
        subject1,
        subject2,
        names.others(first, second, same, fold, subject1, subject2),
        true);
  }

  /** Number of columns that a row must have at least. */
  int needed() {
    return 1
        + IntStream.concat(
                IntStream.of(first, second, same, fold, subject1, subject2),
                groups.values().stream().mapToInt(i -> i))
            .max()
            .getAsInt();
  }
}

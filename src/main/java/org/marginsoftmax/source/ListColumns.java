package org.marginsoftmax.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Which column of a list is what; -1 for one that is not there.
 *
 * @param path file of the image
 * @param label class
 * @param split part of the data set
 * @param group images that stay together
 * @param weight how often an epoch has the image
 * @param header whether the first row names the columns
 */
record ListColumns(int path, int label, int split, int group, int weight, boolean header) {
  private static final Set<String> PATH =
      Set.of(
          "path",
          "file",
          "filename",
          "file_name",
          "filepath",
          "file_path",
          "image",
          "image_path",
          "img",
          "img_path");
  private static final Set<String> LABEL =
      Set.of("label", "class", "class_name", "classname", "category", "target");
  private static final Set<String> SPLIT = Set.of("split", "part", "set", "subset");
  private static final Set<String> GROUP = Set.of("group", "group_id");
  private static final Set<String> WEIGHT = Set.of("weight", "sample_weight");

  /**
   * Finds the columns by the first row: by the names in it; if it has none, the first column is the
   * path, the second the label, and a third the split.
   *
   * @throws InvalidInputException if the columns cannot be told
   */
  static ListColumns of(List<String> first, Path file) {
    List<String> names =
        first.stream().map(cell -> cell.toLowerCase(Locale.ROOT).replace(' ', '_')).toList();
    int path = named(names, PATH, file);
    int label = named(names, LABEL, file);
    if (path >= 0 && label >= 0) {
      return new ListColumns(
          path,
          label,
          named(names, SPLIT, file),
          named(names, GROUP, file),
          named(names, WEIGHT, file),
          true);
    }
    boolean split = first.size() == 3 && Part.named(first.get(2)) != null;
    if (first.size() != 2 && !split) {
      throw new InvalidInputException(
          "a first row that names columns path and label, and maybe split, group, weight; or rows of path and label",
          "'" + String.join("', '", first) + "'",
          file,
          "name the columns");
    }
    return new ListColumns(0, 1, split ? 2 : -1, -1, -1, false);
  }

  private static int named(List<String> names, Set<String> among, Path file) {
    int[] found =
        IntStream.range(0, names.size()).filter(i -> among.contains(names.get(i))).toArray();
    if (found.length > 1) {
      throw new InvalidInputException(
          "one column of each kind",
          names.get(found[0]) + " and " + names.get(found[1]),
          file,
          "rename one of them");
    }
    return found.length == 0 ? -1 : found[0];
  }

  /** Number of columns that a row must have at least. */
  int needed() {
    return 1 + IntStream.of(path, label, split, group, weight).max().getAsInt();
  }
}

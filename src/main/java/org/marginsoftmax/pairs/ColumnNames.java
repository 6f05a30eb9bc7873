package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/**
 * The names of the columns of a list, by its first row.
 *
 * @param cells of the first row
 * @param file for messages
 */
record ColumnNames(List<String> cells, Path file) {
  /** No such column. */
  static final int NONE = -1;

  /**
   * The column that has one of these names, in lower case and without underscores and spaces.
   *
   * @return {@link #NONE} if there is none
   * @throws InvalidInputException if several have
   */
  int of(Set<String> names) {
    int[] found =
        IntStream.range(0, cells.size()).filter(i -> names.contains(plain(cells.get(i)))).toArray();
    if (found.length > 1) {
      throw new InvalidInputException(
          "one column of each kind",
          cells.get(found[0]) + " and " + cells.get(found[1]),
          file,
          "rename one of them");
    }
    return found.length == 0 ? NONE : found[0];
  }

  private static String plain(String cell) {
    return cell.toLowerCase(Locale.ROOT).replaceAll("[ _]", "");
  }

  /**
   * All columns that have a name, but these.
   *
   * @return number of each column by its name, in their order
   * @throws InvalidInputException if two have the same name
   */
  Map<String, Integer> others(Integer... known) {
    List<Integer> except = Stream.of(known).toList();
    Map<String, Integer> others = new LinkedHashMap<>();
    for (int i = 0; i < cells.size(); i++) {
      boolean isOther = !except.contains(i) && !cells.get(i).isEmpty();
      if (isOther && others.put(cells.get(i), i) != null) {
        throw new InvalidInputException(
            "other names for each column", cells.get(i) + " twice", file, "rename one of them");
      }
    }
    return others;
  }
}

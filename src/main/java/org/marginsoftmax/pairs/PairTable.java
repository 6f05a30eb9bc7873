package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.ListFile;

/** The rows of a list of pairs in a CSV or TSV file, of images or of templates. */
final class PairTable {
  private final Path file;
  private final boolean ofTemplates;
  private final Naming naming;
  private final PairRows rows;
  private PairColumns columns;

  /** Numbers what the cells name. */
  interface Naming {
    /**
     * The number of an image or template.
     *
     * @param subject what the row says of it; null if nothing
     */
    int number(String name, String subject, int line);
  }

  private PairTable(Path file, boolean ofTemplates, Naming naming) {
    this.file = file;
    this.ofTemplates = ofTemplates;
    this.naming = naming;
    this.rows = new PairRows(file, "line");
  }

  /**
   * Reads a list.
   *
   * @throws InvalidInputException if a row cannot be understood, with its line
   */
  static PairRows read(Path file, boolean ofTemplates, Naming naming) {
    PairTable table = new PairTable(file, ofTemplates, naming);
    ListFile.of(file).read(table::row);
    return table.rows;
  }

  private void row(List<String> cells, int line) {
    if (columns == null) {
      columns = PairColumns.of(cells, ofTemplates, file);
      if (columns.header()) {
        return;
      }
    }
    if (cells.size() < columns.needed()) {
      throw refused(columns.needed() + " cells", cells.size() + "", line);
    }
    String subject1 = subject(cells, columns.subject1(), line);
    String subject2 = subject(cells, columns.subject2(), line);
    Boolean same = same(cells, line);
    if (subject1 != null) {
      boolean isOne = subject1.equals(subject2);
      if (same != null && same != isOne) {
        throw refused(
            "what the subjects say",
            "'%s' of '%s' and '%s'".formatted(cells.get(columns.same()), subject1, subject2),
            line);
      }
      same = isOne;
    }
    Integer fold = fold(cells, line);
    int first = naming.number(cells.get(columns.first()), subject1, line);
    int second = naming.number(cells.get(columns.second()), subject2, line);
    rows.add(first, second, same, line);
    if (fold != null) {
      rows.fold(fold);
    }
    columns.groups().forEach((name, column) -> rows.group(name, cells.get(column)));
  }

  private String subject(List<String> cells, int column, int line) {
    if (column < 0) {
      return null;
    }
    if (cells.get(column).isEmpty()) {
      throw refused("two subjects", "none for one", line);
    }
    // An accent is one, however a system stores it.
    return Normalizer.normalize(cells.get(column), Normalizer.Form.NFC);
  }

  private Boolean same(List<String> cells, int line) {
    if (columns.same() < 0) {
      return null;
    }
    String cell = cells.get(columns.same());
    Boolean same = SameValue.of(cell);
    if (same == null) {
      throw refused(SameValue.EXPECTED, "'" + cell + "'", line);
    }
    return same;
  }

  private Integer fold(List<String> cells, int line) {
    if (columns.fold() < 0) {
      return null;
    }
    String cell = cells.get(columns.fold());
    try {
      return Integer.valueOf(cell);
    } catch (NumberFormatException e) {
      throw refused("a whole number as fold", "'" + cell + "'", line);
    }
  }

  private InvalidInputException refused(String expected, String found, int line) {
    return new InvalidInputException(expected, found + " in line " + line, file, "mend the line");
  }
}

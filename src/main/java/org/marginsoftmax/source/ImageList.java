package org.marginsoftmax.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.PassedOver;

/**
 * A list of images: a CSV or TSV file with a row of path, label and optionally split, group and
 * weight for each. Everything in it is checked before any image is read.
 */
final class ImageList {
  private final Path file;
  private final ListedFiles files;
  private final Pace pace;
  private final Listing.Builder items = new Listing.Builder();
  private final Ints lines = new Ints();
  private ListColumns columns;

  private ImageList(Path file, Path root, Consumer<String> progress) {
    this.file = file;
    this.files = new ListedFiles(file, root);
    this.pace = new Pace("listed", "images", 0, progress);
  }

  /**
   * Reads a list.
   *
   * @param root folder that paths are relative to; null for that of the list
   * @throws InvalidInputException if the list cannot be understood, or names a file that is not
   *     there, a file twice, or a class to test that is not trained; with the number of the line
   */
  static Source of(Path file, Path root, Consumer<String> progress) {
    Path dir = root == null ? file.toAbsolutePath().getParent() : root;
    ImageList list = new ImageList(file, dir, progress);
    ListFile.of(file).read(list::row);
    return list.source();
  }

  static boolean isName(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return name.endsWith(".csv") || name.endsWith(".tsv");
  }

  private Source source() {
    files.requireAll();
    if (items.size() == 0) {
      throw new InvalidInputException("rows of path and label", "none", file, "add some");
    }
    int[] twice = items.names().firstTwice();
    if (twice != null) {
      throw new InvalidInputException(
          "every file once",
          "%s in lines %d and %d"
              .formatted(items.names().get(twice[0]), lines.get(twice[0]), lines.get(twice[1])),
          file,
          "remove one; a column weight says how often an epoch has it");
    }
    Listing listing =
        items.build(null, origin -> "line " + lines.get(origin), PassedOver.NONE, file);
    return files.source(listing);
  }

  private void row(List<String> cells, int line) {
    if (columns == null) {
      columns = ListColumns.of(cells, file);
      if (columns.header()) {
        return;
      }
    }
    if (cells.size() < columns.needed()) {
      throw refused(columns.needed() + " cells", cells.size() + "", line);
    }
    String label = cells.get(columns.label());
    if (label.isEmpty()) {
      throw refused("a label", "none", line);
    }
    Part part = null;
    if (columns.split() >= 0) {
      part = Part.named(cells.get(columns.split()));
      if (part == null) {
        throw refused("train, val or test as split", "'" + cells.get(columns.split()) + "'", line);
      }
    }
    String group = columns.group() < 0 ? "" : cells.get(columns.group());
    double weight = columns.weight() < 0 ? 1 : weight(cells.get(columns.weight()), line);
    String path = cells.get(columns.path());
    ListedFiles.Found found = files.find(path, line);
    pace.tick();
    if (found == null) {
      return;
    }
    files.add(found);
    items.add(found.name(), label, part, group.isEmpty() ? null : group, weight);
    lines.add(line);
  }

  private double weight(String cell, int line) {
    try {
      double weight = Double.parseDouble(cell);
      if (weight >= 0 && weight <= 1000) {
        return weight;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw refused("a weight in 0..1000", "'" + cell + "'", line);
  }

  private InvalidInputException refused(String expected, String found, int line) {
    return new InvalidInputException(expected, found + " in line " + line, file, "mend the line");
  }
}

package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.PassedOver;

/**
 * A list of images: a CSV or TSV file with a row of path, label and optionally split, group and
 * weight for each. Everything in it is checked before any image is read.
 */
final class ImageList {
  private static final int NAMED = 5;

  private final Path file;
  private final Path root;
  private final Pace pace;
  private final Listing.Builder items = new Listing.Builder();
  private final Longs sizes = new Longs();
  private final Longs times = new Longs();
  private final Ints lines = new Ints();
  private final List<String> missing = new ArrayList<>();
  private ListColumns columns;
  private int missed;

  private ImageList(Path file, Path root, Consumer<String> progress) {
    this.file = file;
    this.root = root.toAbsolutePath();
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
    if (missed > 0) {
      throw new InvalidInputException(
          "files that are there",
          String.join(", ", missing)
              + (missed > missing.size() ? " and " + (missed - missing.size()) + " more" : ""),
          file,
          "correct the paths, or say with `data-root` what they are relative to");
    }
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
    return new FileSource(
        file,
        origin -> root.resolve(items.names().get(origin)),
        listing,
        sizes,
        times,
        label -> "");
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
    String found = path.isEmpty() ? null : found(path, line);
    pace.tick();
    if (found == null) {
      missed++;
      if (missing.size() < NAMED) {
        missing.add("no %s, line %d".formatted(path.isEmpty() ? "path" : path, line));
      }
      return;
    }
    items.add(found, label, part, group.isEmpty() ? null : group, weight);
    lines.add(line);
  }

  /** The path as the file system has it: maybe with an accent in its other form. */
  private String found(String path, int line) {
    return Stream.of(
            path,
            Names.composed(path),
            Normalizer.normalize(path, Normalizer.Form.NFD),
            path.replace('\\', '/'))
        .filter(each -> isFile(each, line))
        .findFirst()
        .map(this::plain)
        .orElse(null);
  }

  /** A path in the one form that names have: below the root if it is there, without dots. */
  private String plain(String path) {
    Path whole = root.resolve(path);
    Path below = whole.startsWith(root) ? root.relativize(whole) : whole;
    if (below.isAbsolute()) {
      return path;
    }
    return StreamSupport.stream(below.spliterator(), false)
        .map(Path::toString)
        .filter(name -> !name.equals("."))
        .collect(Collectors.joining("/"));
  }

  private boolean isFile(String path, int line) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(root.resolve(path), BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw refused("an image file", path + ", a folder", line);
      }
      sizes.add(attributes.size());
      times.add(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
      return true;
    } catch (IOException | InvalidPathException e) {
      if (e instanceof AccessDeniedException denied) {
        throw refused("files that may be read", FileTrouble.said(denied), line);
      }
      return false;
    }
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

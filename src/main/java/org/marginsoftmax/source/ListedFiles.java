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
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * The image files that a list names, found below a folder. Those that are not there are collected,
 * to be refused together.
 */
public final class ListedFiles {
  private static final int NAMED = 5;

  private final Path list;
  private final Path root;
  private final Names names = new Names();
  private final Longs sizes = new Longs();
  private final Longs times = new Longs();
  private final List<String> missing = new ArrayList<>();
  private int missed;

  /**
   * A file that is there.
   *
   * @param name path as the file system has it; below the root if it is there, without dots
   * @param size bytes
   * @param time when it was changed, in nanoseconds
   */
  public record Found(String name, long size, long time) {}

  /**
   * @param list file that names them, for messages
   * @param root folder that paths are relative to
   */
  public ListedFiles(Path list, Path root) {
    this.list = list;
    this.root = root.toAbsolutePath();
  }

  /**
   * Looks for a file: maybe with an accent in the other form of Unicode, or with backslashes for
   * slashes.
   *
   * @param path relative to the root, or absolute
   * @param line of the list, from 1, for messages
   * @return null if it is not there, which {@link #requireAll} says
   * @throws InvalidInputException if it is a folder, or there is no right to it
   */
  public Found find(String path, int line) {
    Found found =
        path.isEmpty()
            ? null
            : Stream.of(
                    path,
                    Names.composed(path),
                    Normalizer.normalize(path, Normalizer.Form.NFD),
                    path.replace('\\', '/'))
                .map(each -> file(each, line))
                .filter(file -> file != null)
                .findFirst()
                .orElse(null);
    if (found == null) {
      miss(path.isEmpty() ? "path" : path, line);
    }
    return found;
  }

  /** Notes that something the list names is not there. */
  public void miss(String what, int line) {
    missed++;
    if (missing.size() < NAMED) {
      missing.add("no %s, line %d".formatted(what, line));
    }
  }

  /**
   * Refuses a list if any of its files is missing: the first ones by name and line, and how many.
   *
   * @throws InvalidInputException if one is
   */
  public void requireAll() {
    if (missed > 0) {
      throw new InvalidInputException(
          "files that are there",
          String.join(", ", missing)
              + (missed > missing.size() ? " and " + (missed - missing.size()) + " more" : ""),
          list,
          "correct the paths, or say with `data-root` what they are relative to");
    }
  }

  /** Adds a file to the source. */
  public void add(Found file) {
    names.add(file.name);
    sizes.add(file.size);
    times.add(file.time);
  }

  /** The files added, as items of a listing to which they were added in the same order. */
  public Source source(Listing listing) {
    return new FileSource(
        list, origin -> root.resolve(names.get(origin)), listing, sizes, times, label -> "");
  }

  private Found file(String path, int line) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(root.resolve(path), BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw refused("an image file", path + ", a folder", line);
      }
      return new Found(
          plain(path), attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    } catch (IOException | InvalidPathException e) {
      if (e instanceof AccessDeniedException denied) {
        throw refused("files that may be read", FileTrouble.said(denied), line);
      }
      return null;
    }
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

  private InvalidInputException refused(String expected, String found, int line) {
    return new InvalidInputException(expected, found + " in line " + line, list, "mend the line");
  }
}

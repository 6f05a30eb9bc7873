package org.marginsoftmax.pairs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.source.ListedFiles;
import org.marginsoftmax.source.Listing;
import org.marginsoftmax.source.Source;

/** Images that are each a file of its own; one that is named several times is one image. */
final class FileMedia implements Media {
  /** Bytes of the largest file that is compared with others; larger ones are refused later. */
  private static final long LARGEST = 1L << 29;

  /** The number of a file that is not there. */
  static final int MISSING = -1;

  private final Path root;
  private final ListedFiles files;
  private final List<ListedFiles.Found> found = new ArrayList<>();
  private final Map<String, Integer> byPath = new HashMap<>();
  private final Map<String, Integer> byName = new HashMap<>();

  /**
   * @param list file that names them
   * @param root folder that paths are relative to; null for that of the list
   */
  FileMedia(Path list, Path root) {
    this.root = root == null ? list.toAbsolutePath().getParent() : root;
    this.files = new ListedFiles(list, this.root);
  }

  /**
   * Adds an image, unless it is there already.
   *
   * @param line of the list
   * @return its number; {@link #MISSING} if there is no such file, which {@link #requireAll} says
   */
  int add(String path, int line) {
    Integer known = byPath.get(path);
    if (known != null) {
      return known;
    }
    ListedFiles.Found file = files.find(path, line);
    if (file == null) {
      return MISSING;
    }
    int number = byName.computeIfAbsent(file.name(), name -> found.size());
    if (number == found.size()) {
      found.add(file);
    }
    byPath.put(path, number);
    return number;
  }

  /** Notes an image that is not there. */
  int miss(String what, int line) {
    files.miss(what, line);
    return MISSING;
  }

  /**
   * Refuses a list if any file is missing.
   *
   * @throws org.marginsoftmax.InvalidInputException if one is
   */
  void requireAll() {
    files.requireAll();
  }

  @Override
  public int size() {
    return found.size();
  }

  @Override
  public String name(int medium) {
    return found.get(medium).name();
  }

  @Override
  public int[] firstEqual() {
    return EqualContent.firsts(
        size(),
        i -> found.get(i).size(),
        i -> {
          if (found.get(i).size() > LARGEST) {
            throw new IOException("too large");
          }
          return Files.readAllBytes(root.resolve(name(i)));
        });
  }

  @Override
  public Source source(int[] chosen, Listing listing) {
    for (int medium : chosen) {
      files.add(found.get(medium));
    }
    return files.source(listing);
  }
}

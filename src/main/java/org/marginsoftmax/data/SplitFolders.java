package org.marginsoftmax.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folders of a data set that somebody has split, by their usual names in any case.
 *
 * @param train null where there is none
 * @param validation null where there is none, or where it is the test set for want of another
 * @param test null where there is none
 */
record SplitFolders(Path train, Path validation, Path test) {
  private static final Set<String> TRAIN = Set.of("train", "training");
  private static final Set<String> VALIDATION = Set.of("val", "valid", "validation", "dev", "eval");
  private static final Set<String> TEST = Set.of("test", "testing");
  private static final SplitFolders NONE = new SplitFolders(null, null, null);

  /**
   * Those of a folder; none where its sub-folders are classes. A class may be called 'train': then
   * others stand beside it, and none of them is called as a test or validation set.
   *
   * @throws DataException if one part has two folders
   */
  static SplitFolders of(Path dir) {
    List<Path> folders = folders(dir);
    Path train = named(TRAIN, folders, dir);
    Path validation = named(VALIDATION, folders, dir);
    Path test = named(TEST, folders, dir);
    long parts = Stream.of(train, validation, test).filter(part -> part != null).count();
    boolean pair = train != null && parts > 1;
    boolean alone =
        parts > 0
            && parts == folders.size()
            && folders.stream().noneMatch(folder -> folders(folder).isEmpty());
    if (!pair && !alone) {
      return NONE;
    }
    return test == null
        ? new SplitFolders(train, null, validation)
        : new SplitFolders(train, validation, test);
  }

  boolean isSplit() {
    return train != null || test != null;
  }

  /** Its sub-folders that people see and that do not lead back to it, sorted. */
  static List<Path> folders(Path dir) {
    try (Stream<Path> listed = Files.list(dir)) {
      Path real = dir.toRealPath();
      return listed
          .filter(Files::isDirectory)
          .filter(folder -> !ImageListing.isHidden(folder.getFileName()))
          .filter(folder -> !leadsTo(real, folder))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new DataException("a readable folder", e.toString(), dir, "check its rights", e);
    }
  }

  private static boolean leadsTo(Path dir, Path folder) {
    try {
      return dir.startsWith(folder.toRealPath());
    } catch (IOException e) {
      return false; // whoever reads it says so
    }
  }

  private static Path named(Set<String> names, List<Path> folders, Path dir) {
    List<Path> found =
        folders.stream()
            .filter(f -> names.contains(f.getFileName().toString().toLowerCase(Locale.ROOT)))
            .toList();
    if (found.size() > 1) {
      throw new DataException(
          "one folder of each part",
          String.join(" and ", found.stream().map(f -> f.getFileName().toString()).toList()),
          dir,
          "keep one of them, or put them together");
    }
    return found.isEmpty() ? null : found.get(0);
  }
}

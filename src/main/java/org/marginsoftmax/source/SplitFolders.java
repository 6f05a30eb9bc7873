package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.image.ImageListing;

/**
 * The training, validation and test folders of a data set, found by their common names, ignoring
 * case.
 *
 * @param train training folder; null if there is none
 * @param validation validation folder; null if there is none, or if it serves as the test set
 *     because there is no other
 * @param test test folder; null if there is none
 */
record SplitFolders(Path train, Path validation, Path test) {
  private static final SplitFolders NONE = new SplitFolders(null, null, null);

  /**
   * Finds these folders in a folder; finds none if its sub-folders are classes. A class may be
   * called 'train': then the other folders hold images themselves, and none is named like a test or
   * validation set.
   *
   * @throws InvalidInputException if there are two folders for one part, or folders of image
   *     folders have names similar to those of parts
   */
  static SplitFolders of(Path dir) {
    List<Path> folders = folders(dir);
    Path train = named(Part.TRAIN, folders, dir);
    Path validation = named(Part.VALIDATION, folders, dir);
    Path test = named(Part.TEST, folders, dir);
    long parts = Stream.of(train, validation, test).filter(part -> part != null).count();
    boolean pair = train != null && parts > 1;
    boolean alone =
        parts > 0
            && parts == folders.size()
            && folders.stream().noneMatch(folder -> folders(folder).isEmpty());
    if (!alone) {
      refuseUnclear(folders, dir, pair);
    }
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

  /** The part that a folder of this name is; null if it is none. */
  Part partOf(Path name) {
    if (train != null && train.endsWith(name)) {
      return Part.TRAIN;
    }
    if (validation != null && validation.endsWith(name)) {
      return Part.VALIDATION;
    }
    return test != null && test.endsWith(name) ? Part.TEST : null;
  }

  /** Tells which folder is which part, if there are several. */
  void tell(Consumer<String> progress) {
    if (train != null && test != null) {
      progress.accept(
          "%s to train on, %s%s to test on"
              .formatted(
                  train.getFileName(),
                  validation == null ? "" : validation.getFileName() + " for validation, ",
                  test.getFileName()));
    }
  }

  /** The visible sub-folders that are not links back to the folder, sorted. */
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
      throw new InvalidInputException(
          "a readable folder", FileTrouble.said(e), dir, "check its rights", e);
    }
  }

  private static boolean leadsTo(Path dir, Path folder) {
    try {
      return dir.startsWith(folder.toRealPath());
    } catch (IOException e) {
      return false; // whoever reads it says so
    }
  }

  /** Refuses folders whose part is unclear, so that the parts of a split do not become classes. */
  private static void refuseUnclear(List<Path> folders, Path dir, boolean pair) {
    List<Path> clear = folders.stream().filter(f -> named(f) != null).toList();
    List<Path> like = folders.stream().filter(f -> !clear.contains(f) && isLike(word(f))).toList();
    List<Path> others =
        folders.stream().filter(f -> !clear.contains(f) && !like.contains(f)).toList();
    boolean nested =
        Stream.of(clear, like).flatMap(List::stream).anyMatch(f -> !folders(f).isEmpty())
            && others.stream().noneMatch(ImageListing::holdsImages);
    boolean splits =
        pair
            ? !like.isEmpty()
            : !clear.isEmpty() || like.size() > 1 || like.size() == 1 && haveSameFolders(folders);
    if (nested && splits) {
      throw new InvalidInputException(
          "splits named train, val, test",
          names(like.isEmpty() ? others : like)
              + (clear.isEmpty() ? "" : " beside " + names(clear)),
          dir,
          "rename them; if they are classes, put their images right into them");
    }
  }

  private static String names(List<Path> folders) {
    return String.join(
        ", ", folders.stream().map(folder -> "'" + folder.getFileName() + "'").toList());
  }

  private static Part named(Path folder) {
    return Part.named(folder.getFileName().toString());
  }

  private static String word(Path folder) {
    return Part.word(folder.getFileName().toString());
  }

  /** Whether a word contains or starts with the name of a part, or may be a mistyped one. */
  private static boolean isLike(String word) {
    return Stream.of(word.split("[^\\p{L}]+")).anyMatch(Part.words()::contains)
        || Part.words().stream()
            .filter(part -> part.length() > 3)
            .anyMatch(
                part ->
                    word.startsWith(part)
                        || Spelling.distance(word, part) <= (part.length() < 8 ? 1 : 2));
  }

  private static boolean haveSameFolders(List<Path> folders) {
    return folders.stream()
            .map(folder -> folders(folder).stream().map(Path::getFileName).toList())
            .distinct()
            .count()
        == 1;
  }

  private static Path named(Part part, List<Path> folders, Path dir) {
    List<Path> found = folders.stream().filter(f -> part == named(f)).toList();
    if (found.size() > 1) {
      throw new InvalidInputException(
          "one folder of each part",
          String.join(" and ", found.stream().map(f -> f.getFileName().toString()).toList()),
          dir,
          "keep one of them, or put them together");
    }
    return found.isEmpty() ? null : found.get(0);
  }
}

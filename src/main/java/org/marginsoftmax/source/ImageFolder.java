package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageListing;

/**
 * A data set in a folder with one sub-folder of images (PNG, JPEG, GIF, BMP, TIFF, WebP) per class,
 * named after the class; or with such folders below {@code train}, {@code val} and {@code test}.
 * Case is ignored, and these other common names are accepted: {@code training}; {@code valid},
 * {@code validation}, {@code validate}, {@code dev}, {@code eval}; {@code testing}; each also with
 * {@code set}, {@code split}, {@code data}, {@code images} or an {@code s} added, as in {@code
 * test_set}. If only one folder stands beside {@code train}, it is the test set. Similar names are
 * refused if they would otherwise become classes.
 *
 * <p>Links are followed. Hidden files and folders, and those that systems add, such as {@code
 * __MACOSX} and {@code Thumbs.db}, are ignored. Files that are not read are reported, by reason and
 * extension.
 */
public final class ImageFolder {
  private ImageFolder() {}

  /** Whether a folder has sub-folders and no IDX files. */
  public static boolean is(Path dir) {
    try (Stream<Path> listed = Files.list(dir)) {
      return listed.anyMatch(Files::isDirectory) && !holdsIdx(dir);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean holdsIdx(Path dir) {
    try (Stream<Path> listed = Files.list(dir)) {
      return listed.anyMatch(IdxFolder::isIdx);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Lists the images of a folder; none is decoded.
   *
   * @param nested whether every folder with images is a class, named after its path, such as {@code
   *     a/b/c}; otherwise a class is a folder directly in the given one or in one of its parts
   * @param progress receives messages
   * @throws org.marginsoftmax.InvalidInputException if a folder cannot be read, or the folders are
   *     not those of at least two classes, the same in every part
   */
  public static Source open(Path dir, boolean nested, Consumer<String> progress) {
    return FolderListing.of(dir, nested, progress);
  }

  /** Lists all images below a folder as one class, named after the folder. */
  public static Source openUnsorted(Path dir, Consumer<String> progress) {
    return FolderListing.ofUnsorted(dir, progress);
  }

  /**
   * Reads the whole data set into memory.
   *
   * @param progress receives messages about images that were read or passed over
   * @throws org.marginsoftmax.InvalidInputException if there are fewer than two classes, a class
   *     has no readable image, or more files than allowed cannot be read
   */
  public static ImageData.Read read(Path dir, ImageOptions options, Consumer<String> progress) {
    return ImageData.read(open(dir, false, progress), options, null, progress);
  }

  /**
   * Reads all images of a folder without a {@code train} folder into memory: those of its test set,
   * or of its class folders.
   */
  public static Samples readAll(Path dir, ImageOptions options, Consumer<String> progress) {
    return ImageData.readTest(open(dir, false, progress), options, null, progress);
  }

  /** Whether a folder has a {@code train} folder or one of its other names. */
  public static boolean hasTraining(Path dir) {
    return SplitFolders.of(dir).train() != null;
  }

  /** Whether a folder holds images that are not sorted into classes, training or test sets. */
  public static boolean isUnsorted(Path dir) {
    return Files.isDirectory(dir)
        && !holdsIdx(dir)
        && SplitFolders.folders(dir).size() < 2
        && !SplitFolders.of(dir).isSplit()
        && !ImageListing.of(dir).images().isEmpty();
  }
}

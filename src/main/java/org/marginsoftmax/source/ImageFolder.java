package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.image.PassedOver;

/**
 * Reads a data set from a folder with one sub-folder of images (PNG, JPEG, GIF, BMP, TIFF, WebP)
 * per class, named after the class; or with such folders below {@code train}, {@code val} and
 * {@code test}. Case is ignored, and these other common names are accepted: {@code training};
 * {@code valid}, {@code validation}, {@code validate}, {@code dev}, {@code eval}; {@code testing};
 * each also with {@code set}, {@code split}, {@code data}, {@code images} or an {@code s} added, as
 * in {@code test_set}. If only one folder stands beside {@code train}, it is the test set. Similar
 * names are refused if they would otherwise become classes.
 *
 * <p>Links are followed. Hidden files and folders and {@code __MACOSX} are ignored. Files that are
 * not read are reported, by reason and extension.
 */
public final class ImageFolder {
  private static final int NAMED = 5;

  /** Bytes of memory per file besides its pixels: path, name and array headers. */
  private static final long NAME_BYTES = 500;

  private ImageFolder() {}

  /**
   * How to read images.
   *
   * @param size height and width that each image is brought to, 4..1024 each
   * @param color {@code grey}, {@code color}, or {@code auto}, which means colour if the first
   *     image of any class has colour
   * @param fit what happens to images of other proportions
   * @param testShare share of each class that is held out for testing if the folder has no test
   *     set, above 0, up to 0.5
   * @param unreadable largest share of files that may be skipped because they cannot be read, 0..1
   * @param seed seed for drawing the test samples
   */
  public record Options(
      ImageSize size, String color, ImageFit fit, double testShare, double unreadable, long seed) {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Options {
      require(
          Math.min(size.height(), size.width()) >= 4
              && Math.max(size.height(), size.width()) <= 1024,
          "a height and a width in 4..1024",
          size,
          "image size");
      require(
          List.of("grey", "color", "auto").contains(color), "grey, color or auto", color, "color");
      Split.requireTestShare(testShare);
      require(unreadable >= 0 && unreadable <= 1, "a share in 0..1", unreadable, "unreadable");
    }
  }

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
   * A data set as read.
   *
   * @param data training and test samples
   * @param validation validation samples of the folder; null if it has none
   * @param passedOver files of the folder that were not read
   */
  public record Read(TrainTest data, Samples validation, PassedOver passedOver) {}

  /**
   * Reads the whole data set.
   *
   * @param progress receives messages about files that were read or passed over
   * @throws InvalidInputException if there are fewer than two classes, a class has no readable
   *     image, or more files than allowed cannot be read
   */
  public static Read read(Path dir, Options options, Consumer<String> progress) {
    SplitFolders split = SplitFolders.of(dir);
    if (!split.isSplit()) {
      return drawn(ClassFolders.of(dir), options, progress);
    }
    if (split.train() == null) {
      throw new InvalidInputException(
          "a folder train to train on",
          Stream.of(split.validation(), split.test())
                  .filter(part -> part != null)
                  .map(part -> part.getFileName().toString())
                  .collect(Collectors.joining(" and "))
              + " alone",
          dir,
          "add it, or name a folder with one sub-folder a class");
    }
    ClassFolders train = ClassFolders.of(split.train());
    PassedOver beside = beside(dir, split);
    if (split.test() == null) {
      Read read = drawn(train, options, progress);
      beside.tell(progress);
      return new Read(read.data, null, read.passedOver.plus(beside));
    }
    ImageForm form = form(train, options);
    ClassFolders test = ClassFolders.of(split.test());
    ClassFolders validation =
        split.validation() == null ? null : ClassFolders.of(split.validation());
    requireRoom(
        dir, train.size() + test.size() + (validation == null ? 0 : validation.size()), form);
    ImagePart trained = ImagePart.read(train, train.names(), form, options.unreadable, progress);
    ImagePart tested = ImagePart.read(test, train.names(), form, options.unreadable, progress);
    ImagePart validated =
        validation == null
            ? new ImagePart(null, PassedOver.NONE)
            : ImagePart.read(validation, train.names(), form, options.unreadable, progress);
    progress.accept(
        "%s to train on, %s%s to test on"
            .formatted(
                split.train().getFileName(),
                validated.samples() == null
                    ? ""
                    : split.validation().getFileName() + " for validation, ",
                split.test().getFileName()));
    PassedOver all = trained.passedOver().plus(tested.passedOver()).plus(validated.passedOver());
    Read read =
        new Read(
            checked(new TrainTest(trained.samples(), tested.samples()), train),
            validated.samples(),
            all.plus(beside));
    beside.tell(progress);
    return read;
  }

  /** Whether a folder has a {@code train} folder or one of its other names. */
  public static boolean hasTraining(Path dir) {
    return SplitFolders.of(dir).train() != null;
  }

  /**
   * Reads all images of a folder without a {@code train} folder: those of its test set, or of its
   * class folders.
   */
  public static Samples readAll(Path dir, Options options, Consumer<String> progress) {
    SplitFolders split = SplitFolders.of(dir);
    ClassFolders folders = ClassFolders.of(split.isSplit() ? split.test() : dir);
    if (split.isSplit()) {
      PassedOver beside = beside(dir, split);
      beside.tell(progress);
    }
    return whole(folders, options, progress).samples();
  }

  /**
   * The name of the folder that the test samples come from, such as {@code test/}; the training
   * folder if test samples are drawn from it; empty for a folder without a split.
   */
  public static String tested(Path dir) {
    SplitFolders split = SplitFolders.of(dir);
    Path part = split.test() == null ? split.train() : split.test();
    return part == null ? "" : part.getFileName() + "/";
  }

  /** Whether a folder holds images that are not sorted into classes, training or test sets. */
  public static boolean isUnsorted(Path dir) {
    return Files.isDirectory(dir)
        && !holdsIdx(dir)
        && SplitFolders.folders(dir).size() < 2
        && !SplitFolders.of(dir).isSplit()
        && !ImageListing.of(dir).images().isEmpty();
  }

  /** Reads all images below a folder as one class, named after the folder. */
  public static Samples readUnsorted(Path dir, Options options, Consumer<String> progress) {
    Path name = dir.toAbsolutePath().normalize().getFileName();
    ClassFolders all =
        new ClassFolders(
            dir,
            List.of(name == null ? "images" : name.toString()),
            List.of(ImageListing.of(dir)),
            PassedOver.NONE);
    return ImagePart.read(all, all.names(), form(all, options), options.unreadable, progress)
        .samples();
  }

  private static ImagePart whole(ClassFolders folders, Options options, Consumer<String> progress) {
    ImageForm form = form(folders, options);
    requireRoom(folders.dir(), folders.size(), form);
    return ImagePart.read(folders, folders.names(), form, options.unreadable, progress);
  }

  private static void requireRoom(Path dir, long files, ImageForm form) {
    ImageShape shape = form.shape();
    HeapRoom.require(
        "images",
        files * (shape.size() + NAME_BYTES),
        String.format(Locale.ROOT, "%,d of %s", files, shape),
        dir,
        ", or take a smaller `image-size`");
  }

  /** Reads one folder and draws the test samples from it. */
  private static Read drawn(ClassFolders folders, Options options, Consumer<String> progress) {
    ImagePart all = whole(folders, options, progress);
    Split.Parts parts = Split.test(all.samples(), options.testShare, options.seed);
    return new Read(
        checked(new TrainTest(parts.train(), parts.validation()), folders), null, all.passedOver());
  }

  private static PassedOver beside(Path dir, SplitFolders split) {
    return ImageListing.without(
            dir,
            Stream.of(split.train(), split.validation(), split.test())
                .filter(part -> part != null)
                .toList())
        .passedOver("images beside the folders of the split");
  }

  private static TrainTest checked(TrainTest data, ClassFolders folders) {
    TrainTest.requireEveryClass(
        data.train(),
        k -> "'" + folders.names().get(k) + "'" + instead(folders.listings().get(k)),
        folders.dir());
    if (data.test().size() == 0) {
      throw new InvalidInputException(
          "images to test on", "none", folders.dir(), "add images, or raise `test-share`");
    }
    return data;
  }

  private static String instead(ImageListing listing) {
    List<String> lines = listing.passedOver().lines();
    return lines.isEmpty() ? "" : " (" + String.join("; ", lines) + ")";
  }

  private static ImageForm form(ClassFolders folders, Options options) {
    boolean color =
        options.color.equals("color")
            || options.color.equals("auto")
                && folders.listings().stream().anyMatch(of -> firstIsColor(of.images()));
    return new ImageForm(
        new ImageShape(options.size.height(), options.size.width(), color ? 3 : 1), options.fit);
  }

  private static boolean firstIsColor(List<Path> files) {
    for (Path file : files) {
      try {
        return ImageFile.isColor(file);
      } catch (IOException e) {
        // The next one may be readable.
      }
    }
    return false;
  }

  private static void require(boolean holds, String expected, Object found, String where) {
    if (!holds) {
      throw new InvalidInputException(
          expected, String.valueOf(found), where, "choose one of these");
    }
  }
}

package org.marginsoftmax.data;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/**
 * Reads a data set from a folder with one sub-folder of images (PNG, JPEG, BMP) a class, named as
 * the class; or with such folders below {@code train}, {@code val} and {@code test}, in any case
 * and under their other usual names: {@code training}; {@code valid}, {@code validation}, {@code
 * validate}, {@code dev}, {@code eval}; {@code testing}; all with {@code set} or an {@code s} too,
 * as in {@code test_set}. Where only two are there, the other is the test set. Names that are
 * nearly these are refused where they would become classes.
 *
 * <p>Links are followed. Hidden files and folders and {@code __MACOSX} hold no images. What is not
 * read is said, by reason and extension.
 */
public final class ImageFolder {
  private static final int NAMED = 5;

  /** What a file takes besides its pixels: its path, its name, the heads of arrays. */
  private static final long NAME_BYTES = 500;

  private ImageFolder() {}

  /**
   * How to read images.
   *
   * @param size height and width that each is resized to, 4..1024
   * @param color grey, color, or auto for colour where the first image of a class has it
   * @param testShare share of each class that is kept for testing where the folder itself does not
   *     say, above 0, up to 0.5
   * @param unreadable share of the files that may be skipped because they cannot be read, 0..1
   * @param seed of the draw of test samples
   */
  public record Options(int size, String color, double testShare, double unreadable, long seed) {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Options {
      require(size >= 4 && size <= 1024, "an image size in 4..1024", size, "image size");
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
   * @param data to train on and to test on
   * @param validation what the folder itself has for validation; null where it has none
   * @param passedOver files of the folder that were not read
   */
  public record Read(TrainTest data, Samples validation, PassedOver passedOver) {}

  /**
   * Reads the whole data set.
   *
   * @param progress hears of files read and of those passed over
   * @throws InvalidInputException if there are not two classes, a class has no readable image, or
   *     more files than allowed cannot be read
   */
  public static Read read(Path dir, Options options, Consumer<String> progress) {
    SplitFolders split = SplitFolders.of(dir);
    if (!split.isSplit()) {
      return drawn(classFolders(dir), options, progress);
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
    ClassFolders train = classFolders(split.train());
    PassedOver beside = beside(dir, split);
    if (split.test() == null) {
      Read read = drawn(train, options, progress);
      return new Read(read.data, null, told(read.passedOver.plus(beside), beside, progress));
    }
    ImageShape shape = shape(train, options);
    ClassFolders test = classFolders(split.test());
    ClassFolders validation = split.validation() == null ? null : classFolders(split.validation());
    requireRoom(
        dir, train.size() + test.size() + (validation == null ? 0 : validation.size()), shape);
    Part trained = part(train, train.names, shape, options, progress);
    Part tested = part(test, train.names, shape, options, progress);
    Part validated =
        validation == null
            ? new Part(null, PassedOver.NONE)
            : part(validation, train.names, shape, options, progress);
    progress.accept(
        "%s to train on, %s%s to test on"
            .formatted(
                split.train().getFileName(),
                validated.samples == null
                    ? ""
                    : split.validation().getFileName() + " for validation, ",
                split.test().getFileName()));
    PassedOver all = trained.passedOver.plus(tested.passedOver).plus(validated.passedOver);
    return new Read(
        checked(new TrainTest(trained.samples, tested.samples), train),
        validated.samples,
        told(all.plus(beside), beside, progress));
  }

  /** Whether a folder has a training set of its own, split off by whoever made it. */
  public static boolean hasTraining(Path dir) {
    return SplitFolders.of(dir).train() != null;
  }

  /**
   * Reads the images of a folder that has no training set of its own as one: those of its test set,
   * or of one sub-folder a class.
   */
  public static Samples readAll(Path dir, Options options, Consumer<String> progress) {
    SplitFolders split = SplitFolders.of(dir);
    ClassFolders folders = classFolders(split.isSplit() ? split.test() : dir);
    if (split.isSplit()) {
      PassedOver beside = beside(dir, split);
      told(beside, beside, progress);
    }
    return whole(folders, options, progress).samples;
  }

  /** The part that is tested on of a folder with a split, as in {@code test/}; empty without. */
  public static String tested(Path dir) {
    SplitFolders split = SplitFolders.of(dir);
    Path part = split.test() == null ? split.train() : split.test();
    return part == null ? "" : part.getFileName() + "/";
  }

  /** Whether a folder holds images that nobody has sorted into classes or parts. */
  public static boolean isUnsorted(Path dir) {
    return Files.isDirectory(dir)
        && !holdsIdx(dir)
        && SplitFolders.folders(dir).size() < 2
        && !SplitFolders.of(dir).isSplit()
        && !ImageListing.of(dir).images().isEmpty();
  }

  /** Reads all images below a folder as one class, which is named as the folder. */
  public static Samples readUnsorted(Path dir, Options options, Consumer<String> progress) {
    Path name = dir.toAbsolutePath().normalize().getFileName();
    ClassFolders all =
        new ClassFolders(
            dir,
            List.of(name == null ? "images" : name.toString()),
            List.of(ImageListing.of(dir)),
            PassedOver.NONE);
    return part(all, all.names, shape(all, options), options, progress).samples;
  }

  private record Part(Samples samples, PassedOver passedOver) {}

  private static Part whole(ClassFolders folders, Options options, Consumer<String> progress) {
    ImageShape shape = shape(folders, options);
    requireRoom(folders.dir, folders.size(), shape);
    return part(folders, folders.names, shape, options, progress);
  }

  private static void requireRoom(Path dir, long files, ImageShape shape) {
    HeapRoom.require(
        "images",
        files * (shape.size() + NAME_BYTES),
        String.format(Locale.ROOT, "%,d of %s", files, shape),
        dir,
        ", or take a smaller --image-size");
  }

  /** A part for testing is drawn. */
  private static Read drawn(ClassFolders folders, Options options, Consumer<String> progress) {
    Part all = whole(folders, options, progress);
    Split.Parts parts = Split.test(all.samples, options.testShare, options.seed);
    return new Read(
        checked(new TrainTest(parts.train(), parts.validation()), folders), null, all.passedOver);
  }

  private static PassedOver beside(Path dir, SplitFolders split) {
    return ImageListing.without(
            dir,
            Stream.of(split.train(), split.validation(), split.test())
                .filter(part -> part != null)
                .toList())
        .passedOver("images beside the folders of the split");
  }

  /** Says some of what is passed over; returns all. */
  private static PassedOver told(PassedOver all, PassedOver now, Consumer<String> progress) {
    now.lines().forEach(line -> progress.accept("passed over, " + line));
    return all;
  }

  private static TrainTest checked(TrainTest data, ClassFolders folders) {
    TrainTest.requireEveryClass(
        data.train(),
        k -> "'" + folders.names.get(k) + "'" + instead(folders.listings.get(k)),
        folders.dir);
    if (data.test().size() == 0) {
      throw new InvalidInputException(
          "images to test on", "none", folders.dir, "add images, or raise --test-share");
    }
    return data;
  }

  private static String instead(ImageListing listing) {
    List<String> lines = listing.passedOver().lines();
    return lines.isEmpty() ? "" : " (" + String.join("; ", lines) + ")";
  }

  /** The folders of the classes in a folder, by name, with what is in each. */
  private record ClassFolders(
      Path dir, List<String> names, List<ImageListing> listings, PassedOver beside) {
    /** Number of images. */
    long size() {
      return listings.stream().mapToLong(listing -> listing.images().size()).sum();
    }
  }

  private static ClassFolders classFolders(Path dir) {
    List<Path> folders =
        SplitFolders.folders(dir).stream()
            .sorted(
                Comparator.comparing((Path f) -> composed(f))
                    .thenComparing(f -> f.getFileName().toString()))
            .toList();
    List<String> names = folders.stream().map(f -> f.getFileName().toString()).toList();
    List<Path> splits =
        folders.stream().filter(folder -> SplitFolders.of(folder).isSplit()).toList();
    if (splits.size() == 1 && SplitFolders.of(splits.get(0)).train() != null) {
      throw new InvalidInputException(
          "a sub-folder for each class, or train, val and test",
          "these below '" + splits.get(0).getFileName() + "'",
          dir,
          "name " + splits.get(0) + " instead");
    }
    if (names.size() < 2) {
      throw new InvalidInputException(
          "a sub-folder for each of at least 2 classes",
          names.size() + "",
          dir,
          "sort the images into one folder a class");
    }
    requireReadable(names, dir);
    for (int k = 1; k < names.size(); k++) {
      if (composed(folders.get(k)).equals(composed(folders.get(k - 1)))) {
        throw new InvalidInputException(
            "class names that people can tell apart",
            "'%s' twice, in two forms of Unicode".formatted(names.get(k)),
            dir,
            "put the two together, or rename one");
      }
    }
    return new ClassFolders(
        dir,
        names,
        folders.stream().map(ImageListing::of).toList(),
        ImageListing.without(dir, folders).passedOver("images outside of class folders"));
  }

  /** A name as it looks: some systems write an accent behind its letter. */
  private static String composed(Path folder) {
    return composed(folder.getFileName().toString());
  }

  private static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  /** Bytes that are no characters to Java would all be the same one. */
  private static void requireReadable(List<String> names, Path dir) {
    String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
    boolean unicode = encoding.equals("UTF-8") || File.separatorChar == '\\';
    for (String name : names) {
      if (name.indexOf('\uFFFD') >= 0 || !unicode && name.chars().anyMatch(c -> c > 0x7f)) {
        throw new InvalidInputException(
            "names of classes in UTF-8",
            "'" + name + "', read as " + encoding,
            dir,
            unicode ? "rename it" : "set LC_ALL=C.UTF-8 before java starts, as the launcher does");
      }
    }
  }

  private static ImageShape shape(ClassFolders folders, Options options) {
    boolean color =
        options.color.equals("color")
            || options.color.equals("auto")
                && folders.listings.stream().anyMatch(of -> firstIsColor(of.images()));
    return new ImageShape(options.size, options.size, color ? 3 : 1);
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

  /** Reads images and tells what was read and what was not. */
  private static Part part(
      ClassFolders folders,
      List<String> names,
      ImageShape shape,
      Options options,
      Consumer<String> progress) {
    Path dir = folders.dir;
    requireSame(names, folders);
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    PassedOver passedOver = folders.beside;
    for (int k = 0; k < names.size(); k++) {
      for (Path file : folders.listings.get(k).images()) {
        files.add(file);
        labels.add(k);
      }
      passedOver = passedOver.plus(folders.listings.get(k).passedOver());
    }
    byte[][] read = new byte[files.size()][];
    String[] failures = new String[files.size()];
    AtomicInteger done = new AtomicInteger();
    IntStream.range(0, read.length)
        .parallel()
        .forEach(
            i -> {
              try {
                read[i] = ImageFile.read(files.get(i), shape);
              } catch (IOException e) {
                failures[i] = ImageFile.said(e);
              }
              int count = done.incrementAndGet();
              if (count % 5000 == 0) {
                progress.accept(
                    String.format(Locale.ROOT, "read %,d of %,d images", count, read.length));
              }
            });
    PassedOver unreadable = unreadable(dir, files, failures, options, progress);
    List<Path> kept =
        IntStream.range(0, read.length).filter(i -> read[i] != null).mapToObj(files::get).toList();
    progress.accept(summary(dir, kept, names.size()));
    passedOver = passedOver.plus(unreadable);
    List<byte[]> pixels = new ArrayList<>();
    int[] keptLabels = new int[kept.size()];
    for (int i = 0; i < read.length; i++) {
      if (read[i] != null) {
        keptLabels[pixels.size()] = labels.get(i);
        pixels.add(read[i]);
      }
    }
    return new Part(
        new InMemorySamples(
            Pixels.each(shape, pixels),
            keptLabels,
            names,
            kept.stream().map(file -> dir.relativize(file).toString()).toList()),
        told(passedOver, passedOver, progress));
  }

  /** Labels are numbers: those of two parts must stand for the same names. */
  private static void requireSame(List<String> names, ClassFolders part) {
    List<String> expected = names.stream().map(ImageFolder::composed).toList();
    List<String> found = part.names.stream().map(ImageFolder::composed).toList();
    List<String> missing = expected.stream().filter(name -> !found.contains(name)).toList();
    List<String> added = found.stream().filter(name -> !expected.contains(name)).toList();
    if (!missing.isEmpty() || !added.isEmpty()) {
      throw new InvalidInputException(
          "the same classes as below train",
          Stream.of(some("no ", missing), some("besides ", added))
              .filter(words -> !words.isEmpty())
              .collect(Collectors.joining(", ")),
          part.dir,
          "give both the same sub-folders");
    }
  }

  private static String some(String word, List<String> names) {
    return names.isEmpty()
        ? ""
        : word
            + names.stream()
                .limit(NAMED)
                .map(name -> "'" + name + "'")
                .collect(Collectors.joining(", "))
            + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }

  private static String summary(Path dir, List<Path> read, int classes) {
    long nested =
        classes == 1 ? 0 : read.stream().filter(f -> dir.relativize(f).getNameCount() > 2).count();
    return String.format(
        Locale.ROOT,
        "read %,d images%s from %s%s%s",
        read.size(),
        classes == 1 ? "" : String.format(Locale.ROOT, " of %,d classes", classes),
        dir,
        read.isEmpty() ? "" : ": " + PassedOver.words(PassedOver.byExtension(read)),
        nested == 0
            ? ""
            : String.format(
                Locale.ROOT, "; %,d lie deeper than the folder of their class", nested));
  }

  private static PassedOver unreadable(
      Path dir, List<Path> files, String[] failures, Options options, Consumer<String> progress) {
    List<Path> bad = new ArrayList<>();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < failures.length; i++) {
      if (failures[i] != null) {
        bad.add(files.get(i));
        said.add(dir.relativize(files.get(i)) + " (" + failures[i] + ")");
      }
    }
    if (bad.size() > options.unreadable * files.size()) {
      throw new InvalidInputException(
          "at most %s of %d images unreadable".formatted(options.unreadable, files.size()),
          bad.size()
              + ": "
              + String.join(", ", said.subList(0, Math.min(NAMED, said.size())))
              + (bad.size() > NAMED ? " and " + (bad.size() - NAMED) + " more" : ""),
          dir,
          "remove or mend them, or raise --unreadable");
    }
    said.forEach(file -> progress.accept("skipped, unreadable: " + file));
    return PassedOver.of("unreadable", bad);
  }

  private static void require(boolean holds, String expected, Object found, String where) {
    if (!holds) {
      throw new InvalidInputException(
          expected, String.valueOf(found), where, "choose one of these");
    }
  }
}

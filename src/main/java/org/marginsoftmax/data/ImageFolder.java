package org.marginsoftmax.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads a data set from a folder with one sub-folder of images (PNG, JPEG, BMP) a class, named as
 * the class; or with such folders below {@code train} and {@code test}.
 */
public final class ImageFolder {
  private static final Pattern IMAGE = Pattern.compile(".*\\.(png|jpe?g|bmp)");
  private static final Pattern IDX = Pattern.compile("(train|test|t10k)-.*");
  private static final int NAMED = 5;
  private static final long TEST_STREAM = 0x74657374L;

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
     * @throws DataException if a value is out of range
     */
    public Options {
      require(size >= 4 && size <= 1024, "an image size in 4..1024", size, "image size");
      require(
          List.of("grey", "color", "auto").contains(color), "grey, color or auto", color, "color");
      require(
          testShare > 0 && testShare <= 0.5, "a share above 0, up to 0.5", testShare, "test share");
      require(unreadable >= 0 && unreadable <= 1, "a share in 0..1", unreadable, "unreadable");
    }
  }

  /** Whether a folder has sub-folders and no IDX files. */
  public static boolean is(Path dir) {
    try (Stream<Path> listed = Files.list(dir)) {
      List<Path> all = listed.toList();
      return all.stream().anyMatch(Files::isDirectory)
          && all.stream().noneMatch(f -> IDX.matcher(f.getFileName().toString()).matches());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Reads the whole data set.
   *
   * @param progress hears of files read and of those skipped
   * @throws DataException if there are not two classes, a class has no readable image, or more
   *     files than allowed cannot be read
   */
  public static TrainTest read(Path dir, Options options, Consumer<String> progress) {
    Path train = dir.resolve("train");
    Path test = dir.resolve("test");
    if (Files.isDirectory(train) && Files.isDirectory(test)) {
      List<String> names = classes(train);
      if (!names.equals(classes(test))) {
        throw new DataException(
            "the same classes below train and test",
            classes(test).size()
                + " below test and "
                + names.size()
                + " below train, or other names",
            dir,
            "give both the same sub-folders");
      }
      ImageShape shape = shape(train, names, options);
      return checked(
          new TrainTest(
              samples(train, names, shape, options, progress),
              samples(test, names, shape, options, progress)),
          dir);
    }
    Samples all = readAll(dir, options, progress);
    Split.Parts parts = Split.validation(all, options.testShare, options.seed ^ TEST_STREAM);
    return checked(new TrainTest(parts.train(), parts.validation()), dir);
  }

  /** Reads all images of a folder with one sub-folder a class as one. */
  public static Samples readAll(Path dir, Options options, Consumer<String> progress) {
    List<String> names = classes(dir);
    return samples(dir, names, shape(dir, names, options), options, progress);
  }

  private static TrainTest checked(TrainTest data, Path dir) {
    TrainTest.requireEveryClass(
        data.train(), k -> "'" + data.train().classNames().get(k) + "'", dir);
    if (data.test().size() == 0) {
      throw new DataException(
          "images to test on", "none", dir, "add images, or raise --test-share");
    }
    return data;
  }

  private static List<String> classes(Path dir) {
    try (Stream<Path> listed = Files.list(dir)) {
      List<String> names =
          listed
              .filter(Files::isDirectory)
              .map(f -> f.getFileName().toString())
              .filter(name -> !name.startsWith("."))
              .sorted()
              .toList();
      if (names.size() < 2) {
        throw new DataException(
            "a sub-folder for each of at least 2 classes",
            names.size() + "",
            dir,
            "sort the images into one folder a class");
      }
      return names;
    } catch (IOException e) {
      throw new DataException("a readable folder", e.toString(), dir, "check its rights", e);
    }
  }

  private static List<Path> images(Path folder) {
    try (Stream<Path> listed = Files.walk(folder)) {
      return listed
          .filter(Files::isRegularFile)
          .filter(f -> IMAGE.matcher(f.getFileName().toString().toLowerCase(Locale.ROOT)).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new DataException("a readable folder", e.toString(), folder, "check its rights", e);
    }
  }

  private static ImageShape shape(Path dir, List<String> names, Options options) {
    boolean color = options.color.equals("color");
    if (options.color.equals("auto")) {
      color = names.stream().anyMatch(name -> firstIsColor(images(dir.resolve(name))));
    }
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

  private static Samples samples(
      Path dir, List<String> names, ImageShape shape, Options options, Consumer<String> progress) {
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int k = 0; k < names.size(); k++) {
      for (Path file : images(dir.resolve(names.get(k)))) {
        files.add(file);
        labels.add(k);
      }
    }
    if ((long) files.size() * shape.size() > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "images of 2 GB in all",
          files.size() + " of " + shape,
          dir,
          "take a smaller --image-size, or write IDX files");
    }
    byte[][] read = new byte[files.size()][];
    AtomicInteger done = new AtomicInteger();
    IntStream.range(0, read.length)
        .parallel()
        .forEach(
            i -> {
              try {
                read[i] = ImageFile.read(files.get(i), shape);
              } catch (IOException e) {
                // Counted below.
              }
              int count = done.incrementAndGet();
              if (count % 5000 == 0) {
                progress.accept("read %,d of %,d images".formatted(count, read.length));
              }
            });
    refuseUnreadable(dir, files, read, options, progress);
    int count = (int) Stream.of(read).filter(image -> image != null).count();
    byte[] pixels = new byte[count * shape.size()];
    int[] kept = new int[count];
    List<String> keptNames = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < read.length; i++) {
      if (read[i] != null) {
        System.arraycopy(read[i], 0, pixels, at * shape.size(), shape.size());
        kept[at++] = labels.get(i);
        keptNames.add(dir.relativize(files.get(i)).toString());
      }
    }
    return new InMemorySamples(Pixels.of(shape, pixels), kept, names, keptNames);
  }

  private static void refuseUnreadable(
      Path dir, List<Path> files, byte[][] read, Options options, Consumer<String> progress) {
    List<String> bad = new ArrayList<>();
    for (int i = 0; i < read.length; i++) {
      if (read[i] == null) {
        bad.add(dir.relativize(files.get(i)).toString());
      }
    }
    String first =
        String.join(", ", bad.subList(0, Math.min(NAMED, bad.size())))
            + (bad.size() > NAMED ? " and " + (bad.size() - NAMED) + " more" : "");
    if (bad.size() > options.unreadable * files.size()) {
      throw new DataException(
          "at most %s of %d images unreadable".formatted(options.unreadable, files.size()),
          bad.size() + ": " + first,
          dir,
          "remove or mend them, or raise --unreadable");
    }
    bad.forEach(file -> progress.accept("skipped, unreadable: " + file));
  }

  private static void require(boolean holds, String expected, Object found, String where) {
    if (!holds) {
      throw new DataException(expected, String.valueOf(found), where, "choose one of these");
    }
  }
}

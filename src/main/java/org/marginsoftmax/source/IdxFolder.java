package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Pixels;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Sha256;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.image.Archives;
import org.marginsoftmax.image.ImageListing;

/**
 * Reads a data set from a folder of four IDX files: {@code train-images*}, {@code train-labels*},
 * {@code t10k-images*} or {@code test-images*}, {@code t10k-labels*} or {@code test-labels*}.
 *
 * <p>Labels are 0..C-1. C is the largest training label plus one, or the number of lines of an
 * optional {@code classes.txt} (UTF-8), which names one class per line.
 *
 * <p>A folder with the two test files only is for evaluation.
 */
public final class IdxFolder {
  private static final int LISTED = 10;
  private static final List<String> TEST = List.of("t10k", "test");
  private static final Pattern NAME = Pattern.compile("(train|test|t10k)-(images|labels).*");

  private IdxFolder() {}

  /** Images and labels of one part, checked against each other. */
  private record Part(Path imagesFile, Path labelsFile, Pixels pixels, int[] labels, String hash) {}

  /**
   * Reads the whole data set.
   *
   * @throws InvalidInputException if a file is missing, ambiguous or damaged; if images and labels,
   *     or training and test files, do not match; if a label is out of range or a class has no
   *     training sample
   */
  public static TrainTest read(Path dir) {
    requireRoom(dir, List.of("train"), TEST);
    Part train = part(dir, List.of("train"));
    refuseLabelsFromOne(train);
    TrainTest data = data(dir, train);
    TrainTest.requireEveryClass(
        data.train(), k -> k + " '" + data.train().classNames().get(k) + "'", train.labelsFile);
    return data;
  }

  /**
   * Reads the data set and keeps the chosen classes; the others may lack training samples.
   *
   * @throws InvalidInputException if a file is missing, ambiguous or damaged; if images and labels,
   *     or training and test files, do not match; if a label is out of range; if a chosen class
   *     does not exist or has no training sample, or none of them has a test sample
   */
  public static TrainTest read(Path dir, ClassSelection classes) {
    requireRoom(dir, List.of("train"), TEST);
    return data(dir, part(dir, List.of("train"))).select(classes);
  }

  /** Whether the folder has training files; a folder without them is for evaluation only. */
  public static boolean hasTraining(Path dir) {
    try (Stream<Path> listed = Files.list(dir)) {
      return listed.anyMatch(f -> f.getFileName().toString().startsWith("train-"));
    } catch (IOException e) {
      return true; // read(dir) says what is wrong
    }
  }

  /**
   * Reads the test samples of a folder that has no training files.
   *
   * @throws InvalidInputException if a file is missing, ambiguous or damaged, or a label is out of
   *     range
   */
  public static Samples readTest(Path dir) {
    requireRoom(dir, TEST);
    Part test = part(dir, TEST);
    List<String> names = classNames(dir, test);
    requireRange(test, names.size());
    return new InMemorySamples(test.pixels, test.labels, names, test.hash);
  }

  @SafeVarargs
  private static void requireRoom(Path dir, List<String>... parts) {
    long bytes = 0;
    for (List<String> prefixes : parts) {
      bytes += IdxFile.promisedBytes(find(dir, "images", prefixes));
    }
    HeapRoom.require("images", bytes, "images as the headers say", dir, "");
  }

  private static TrainTest data(Path dir, Part train) {
    Part test = part(dir, TEST);
    ImageShape shape = train.pixels.element();
    if (!shape.equals(test.pixels.element())) {
      throw new InvalidInputException(
          "test images of " + shape + " as the training images",
          test.pixels.element().toString(),
          test.imagesFile,
          "give both the same size");
    }
    List<String> names = classNames(dir, train);
    if (names.size() < 2) {
      throw new InvalidInputException(
          "samples of at least 2 classes", "label 0 alone", train.labelsFile, "add another class");
    }
    requireRange(train, names.size());
    requireRange(test, names.size());
    return new TrainTest(
        new InMemorySamples(train.pixels, train.labels, names, train.hash),
        new InMemorySamples(test.pixels, test.labels, names, test.hash));
  }

  private static Part part(Path dir, List<String> prefixes) {
    Path imagesFile = find(dir, "images", prefixes);
    Path labelsFile = find(dir, "labels", prefixes);
    IdxFile.Images images = IdxFile.readImages(imagesFile);
    IdxFile.Labels labels = IdxFile.readLabels(labelsFile);
    if (images.pixels().count() != labels.values().length) {
      throw new InvalidInputException(
          "a label for each of the %d images of %s"
              .formatted(images.pixels().count(), imagesFile.getFileName()),
          labels.values().length + " labels",
          labelsFile,
          "give files that belong together");
    }
    return new Part(
        imagesFile,
        labelsFile,
        images.pixels(),
        labels.values(),
        Sha256.of(List.of(images.sha256(), labels.sha256())));
  }

  private static Path find(Path dir, String content, List<String> prefixes) {
    String expected =
        String.join(" or ", prefixes.stream().map(p -> p + "-" + content + "*").toList());
    if (!Files.isDirectory(dir)) {
      throw new InvalidInputException(
          "a folder of images, one sub-folder a class, or of IDX files",
          Files.exists(dir) ? "a file" : "none",
          dir,
          "check the path; arrays are read from an NPZ file (.npz) or a folder of NPY files");
    }
    try (Stream<Path> listed = Files.list(dir)) {
      List<Path> files = listed.sorted().toList();
      requireAny(dir, files);
      List<Path> matching =
          files.stream()
              .filter(
                  f ->
                      prefixes.stream()
                          .anyMatch(p -> f.getFileName().toString().startsWith(p + "-" + content)))
              .toList();
      if (matching.size() == 1) {
        return matching.get(0);
      }
      throw new InvalidInputException(
          "one file " + expected,
          matching.isEmpty() ? named(files) : named(matching),
          dir,
          matching.isEmpty() ? "add it, plain or as .gz" : "keep one of them");
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable folder", FileTrouble.said(e), dir, "check its rights", e);
    }
  }

  /** A folder without any of the four files most likely holds images. */
  private static void requireAny(Path dir, List<Path> files) {
    if (files.stream().anyMatch(IdxFolder::isIdx)) {
      return;
    }
    int images = ImageListing.of(dir).images().size();
    throw new InvalidInputException(
        "one sub-folder of images a class, or IDX files",
        images == 0
            ? named(files)
            : images + (images == 1 ? " image" : " images") + " and no folders",
        dir,
        images == 0
                && files.stream().anyMatch(file -> Archives.isName(file.getFileName().toString()))
            ? "unpack the archives or compressed files"
            : "sort the images into one folder a class");
  }

  /** Whether a file has the name of one of the four files. */
  static boolean isIdx(Path file) {
    return NAME.matcher(file.getFileName().toString()).matches() && Files.isRegularFile(file);
  }

  private static String named(List<Path> files) {
    String names =
        String.join(
            ", ", files.stream().limit(LISTED).map(f -> f.getFileName().toString()).toList());
    return files.isEmpty()
        ? "an empty folder"
        : names + (files.size() > LISTED ? " and " + (files.size() - LISTED) + " more" : "");
  }

  private static List<String> classNames(Path dir, Part train) {
    Path file = dir.resolve("classes.txt");
    if (!Files.exists(file)) {
      // A damaged label may claim two thousand million classes.
      int largest = Arrays.stream(train.labels).max().orElse(0);
      if (largest >= 100 * (long) train.labels.length) {
        throw outOfRange(train, "0..C-1 with samples of every class", largest);
      }
      return new NumberedNames(Math.max(0, largest) + 1);
    }
    List<String> names = NameLines.read(file);
    if (names.size() < 2) {
      throw new InvalidInputException(
          "a class name a line, at least 2", names.size() + "", file, "complete the file");
    }
    return names;
  }

  private static void refuseLabelsFromOne(Part train) {
    int smallest = Arrays.stream(train.labels).min().orElse(0);
    int largest = Arrays.stream(train.labels).max().orElse(0);
    long present = Arrays.stream(train.labels).distinct().count();
    if (smallest == 1 && present == largest) {
      throw new InvalidInputException(
          "labels 0..C-1",
          "labels that run from 1 to C, here 1.." + largest,
          train.labelsFile,
          "subtract 1 from each label, in the test labels too");
    }
  }

  private static void requireRange(Part part, int classes) {
    for (int label : part.labels) {
      if (label < 0 || label >= classes) {
        throw outOfRange(part, "labels 0.." + (classes - 1), label);
      }
    }
  }

  private static InvalidInputException outOfRange(Part part, String expected, int label) {
    return new InvalidInputException(
        expected,
        "label " + label,
        part.labelsFile,
        "renumber the labels, or name every class in classes.txt");
  }
}

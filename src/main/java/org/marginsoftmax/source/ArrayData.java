package org.marginsoftmax.source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ElementStore;
import org.marginsoftmax.data.FloatArrays;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Pixels;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.npy.NpyContent;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.NpyHeader;
import org.marginsoftmax.npy.NpySource;

/**
 * Reads a data set from labelled arrays: an NPZ archive, or a folder of NPY files. The training
 * arrays are named {@code features} and {@code labels}, {@code images} and {@code labels}, {@code
 * x} and {@code y}, {@code x_train} and {@code y_train}, or {@code train_images} and {@code
 * train_labels}; the test arrays, which are optional, {@code test_features} and {@code
 * test_labels}, {@code x_test} and {@code y_test}, or {@code test_images} and {@code test_labels};
 * the validation arrays, optional too, the same with {@code val} or {@code validation} for {@code
 * test}. Without test arrays, the validation arrays are the test samples.
 *
 * <p>Arrays of uint8 [N, H, W, channels] or [N, H, W] are images; every other array of two
 * dimensions or more holds float32 samples, whatever the number type in the file.
 *
 * <p>Labels are integers of any type, from -2^31 to 2^31-1. The classes are the distinct labels in
 * ascending order. An optional text file, {@code NAME.classes.txt} beside the archive or {@code
 * classes.txt} in the folder, names one class per line.
 */
public final class ArrayData {
  private final Path path;
  private final NamedArrays arrays;

  private ArrayData(Path path, NamedArrays arrays) {
    this.path = path;
    this.arrays = arrays;
  }

  /**
   * Samples of one part.
   *
   * @param labels as the file has them
   * @param where the labels are, for messages
   */
  private record Part(ElementStore elements, int[] labels, Object where) {}

  /**
   * A data set as read.
   *
   * @param data training and test samples
   * @param validation validation samples of the file; null if it has none
   * @param numbers label in the file of each class, ascending
   */
  public record Read(TrainTest data, Samples validation, int[] numbers) {
    /**
     * Keeps some of the classes, chosen by their labels in the file.
     *
     * @throws InvalidInputException if a chosen class does not exist
     */
    public Read select(ClassSelection classes) {
      ClassSelection among = classes.among(numbers);
      return new Read(
          data.select(among),
          validation == null ? null : among.apply(validation),
          classes.original());
    }
  }

  /**
   * Whether a path is an NPZ archive, an NPY file, or a folder with NPY files and no sub-folders or
   * IDX files.
   */
  public static boolean is(Path path) {
    return NamedArrays.is(path);
  }

  /** Whether the data has training samples; data with test samples only is for evaluation. */
  public static boolean hasTraining(Path path) {
    try (NamedArrays arrays = NamedArrays.open(path)) {
      return PartNames.find(PartNames.TRAIN, arrays, path) != null
          || PartNames.find(PartNames.TEST, arrays, path) == null;
    }
  }

  /**
   * Reads the whole data set.
   *
   * @param testShare share of each class that is held out for testing if there are no test arrays,
   *     0..0.5; with 0 there are no test samples
   * @param seed seed for drawing the test samples
   * @throws InvalidInputException if arrays are missing, damaged or inconsistent
   */
  public static Read read(Path path, double testShare, long seed) {
    Split.requireTestShare(testShare);
    try (NamedArrays arrays = NamedArrays.open(path)) {
      return new ArrayData(path, arrays).read(testShare, seed);
    }
  }

  /**
   * Reads data that has test samples only.
   *
   * @param classes classes to use, by their labels in the file; null for all
   * @throws InvalidInputException if arrays are missing, damaged or inconsistent
   */
  public static Samples readTest(Path path, ClassSelection classes) {
    try (NamedArrays arrays = NamedArrays.open(path)) {
      ArrayData data = new ArrayData(path, arrays);
      PartNames names = PartNames.find(PartNames.TEST, arrays, path);
      data.requireRoom(names);
      Part part = data.part(names);
      int[] numbers = numbers(part);
      Samples samples = samples(part, numbers, data.classNames(numbers));
      return classes == null ? samples : classes.among(numbers).apply(samples);
    }
  }

  /**
   * Refuses a folder that holds labelled arrays beside sub-folders, which may be those of classes.
   *
   * @throws InvalidInputException if it does
   */
  static void requireNoneBesideFolders(Path folder) {
    try (NamedArrays arrays = NamedArrays.open(folder)) {
      boolean labelled =
          PartNames.find(PartNames.TRAIN, arrays, folder) != null
              || PartNames.find(PartNames.TEST, arrays, folder) != null;
      if (labelled) {
        throw new InvalidInputException(
            "arrays, or a sub-folder of images for each class",
            "arrays " + String.join(", ", arrays.names()) + " beside sub-folders",
            folder,
            "put one of them elsewhere, or say `data-format` arrays or folder");
      }
    }
  }

  /**
   * The array {@code features} of an archive, as {@code embed} writes it.
   *
   * @throws InvalidInputException if there is none, or it is damaged
   */
  public static NpyFile.Floats features(Path archive) {
    try (NamedArrays arrays = NamedArrays.open(archive)) {
      NpySource features = arrays.get("features");
      if (features == null) {
        throw new InvalidInputException(
            "an array features",
            "arrays " + String.join(", ", arrays.names()),
            archive,
            "write it with embed");
      }
      return NpyFile.floats(features);
    }
  }

  private Read read(double testShare, long seed) {
    PartNames train = PartNames.find(PartNames.TRAIN, arrays, path);
    PartNames test = PartNames.find(PartNames.TEST, arrays, path);
    PartNames validation = PartNames.find(PartNames.VALIDATION, arrays, path);
    if (train == null) {
      throw test == null ? PartNames.missing(arrays, path) : testOnly(test);
    }
    if (test == null) {
      test = validation;
      validation = null;
    }
    requireRoom(train, test, validation);
    Part part = part(train);
    int[] numbers = numbers(part);
    if (numbers.length < 2) {
      throw new InvalidInputException(
          "samples of at least 2 classes",
          "label " + numbers[0] + " alone",
          part.where,
          "add another class");
    }
    List<String> classNames = classNames(numbers);
    Samples all = samples(part, numbers, classNames);
    if (test != null) {
      return new Read(
          new TrainTest(all, tested("test", test, all, numbers, classNames)),
          validation == null ? null : tested("validation", validation, all, numbers, classNames),
          numbers);
    }
    Split.Parts parts = Split.test(all, testShare, seed);
    if (parts.validation().size() == 0 && testShare > 0) {
      throw new InvalidInputException(
          "samples to test on", "none", path, "add samples, or raise `test-share`");
    }
    return new Read(new TrainTest(parts.train(), parts.validation()), null, numbers);
  }

  private Samples tested(
      String kind, PartNames names, Samples train, int[] numbers, List<String> classNames) {
    Part part = part(names);
    if (!part.elements.element().equals(train.element())) {
      throw new InvalidInputException(
          kind + " samples of " + train.element() + " as the training samples",
          part.elements.element().toString(),
          arrays.get(names.features()).where(),
          "give both the same shape and kind");
    }
    return samples(part, numbers, classNames);
  }

  private InvalidInputException testOnly(PartNames test) {
    return new InvalidInputException(
        "arrays to train on",
        "test samples only, %s and %s".formatted(test.features(), test.labels()),
        path,
        "add training samples, or give it to evaluate as `data`");
  }

  private void requireRoom(PartNames... parts) {
    long bytes = 0;
    for (PartNames names : parts) {
      if (names != null) {
        NpySource source = arrays.get(names.features());
        bytes +=
            source.read(
                (in, header, where) ->
                    (long) header.size() * (element(header, where).bytesPerNumber()));
      }
    }
    HeapRoom.require("arrays", bytes, "arrays as the headers say", path, "");
  }

  private Part part(PartNames names) {
    NpySource source = arrays.get(names.features());
    ElementStore elements =
        source.read(
            (in, header, where) -> {
              ElementSpec element = element(header, where);
              return element instanceof ImageShape image
                  ? Pixels.of(image, NpyContent.bytes(in, header, where))
                  : floats((ArrayShape) element, NpyContent.floats(in, header, where), where);
            });
    NpySource labels = arrays.get(names.labels());
    int[] values = NpyFile.labels(labels).values();
    if (elements.count() != values.length) {
      throw new InvalidInputException(
          "a label for each of the %d samples of %s".formatted(elements.count(), names.features()),
          values.length + " labels",
          labels.where(),
          "give arrays that belong together");
    }
    return new Part(elements, values, labels.where());
  }

  private static ElementSpec element(NpyHeader header, Object where) {
    int[] shape = header.shape();
    if (shape.length < 2 || Arrays.stream(shape).anyMatch(size -> size == 0)) {
      throw new InvalidInputException(
          "samples [N, ...], at least one, as features [N, D]",
          "shape " + Arrays.toString(shape),
          where,
          "give an array with a row for each sample");
    }
    boolean image = header.isUint8() && (shape.length == 3 || shape.length == 4);
    if (image && shape.length == 4 && !isChannels(shape[3]) && isChannels(shape[1])) {
      throw new InvalidInputException(
          "images [N, H, W, channels], of 1, 3 or 4 channels",
          "shape " + Arrays.toString(shape) + ", which is [N, channels, H, W]",
          where,
          "save array.transpose(0, 2, 3, 1)");
    }
    return image
        ? new ImageShape(shape[1], shape[2], shape.length == 4 ? shape[3] : 1)
        : new ArrayShape(Arrays.stream(shape).skip(1).boxed().toList());
  }

  private static boolean isChannels(int size) {
    return size == 1 || size == 3 || size == 4;
  }

  private static FloatArrays floats(ArrayShape shape, float[] values, Object where) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new InvalidInputException(
            "finite float32 numbers",
            values[i] + " in row " + i / shape.size(),
            where,
            "remove or mend the row");
      }
    }
    return new FloatArrays(shape, values);
  }

  /** The labels that occur, ascending. */
  private static int[] numbers(Part part) {
    return Arrays.stream(part.labels).sorted().distinct().toArray();
  }

  private static Samples samples(Part part, int[] numbers, List<String> classNames) {
    int[] labels = new int[part.labels.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Arrays.binarySearch(numbers, part.labels[i]);
      if (labels[i] < 0) {
        throw new InvalidInputException(
            "labels that samples to train on have",
            "label " + part.labels[i] + " in row " + i,
            part.where,
            "drop these samples, or add such ones to train on");
      }
    }
    return new InMemorySamples(part.elements, labels, classNames);
  }

  private List<String> classNames(int[] numbers) {
    Path file =
        Files.isDirectory(path)
            ? path.resolve("classes.txt")
            : path.resolveSibling(
                path.getFileName().toString().replaceFirst("(?i)\\.npz$", "") + ".classes.txt");
    if (!Files.exists(file)) {
      return numbers[0] == 0 && numbers[numbers.length - 1] == numbers.length - 1
          ? new NumberedNames(numbers.length)
          : IntStream.of(numbers).mapToObj(String::valueOf).toList();
    }
    List<String> names = NameLines.read(file);
    if (names.size() != numbers.length) {
      throw new InvalidInputException(
          "a class name a line for each of the %d labels that occur".formatted(numbers.length),
          names.size() + " lines",
          file,
          "name them in ascending order of the labels");
    }
    return names;
  }
}

package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.image.PassedOver;
import org.marginsoftmax.source.ArrayData;
import org.marginsoftmax.source.DataFormat;
import org.marginsoftmax.source.FashionMnist;
import org.marginsoftmax.source.IdxFolder;
import org.marginsoftmax.source.ImageData;
import org.marginsoftmax.source.ImageFolder;
import org.marginsoftmax.source.ImageOptions;
import org.marginsoftmax.source.Part;

/**
 * The samples of a run.
 *
 * @param train trained on
 * @param validation held out of training; may be empty
 * @param test never used to choose anything; empty if the run trains on everything
 * @param originalClasses the number that each label's class has in the data
 * @param passedOver files of the data that were not read
 * @param hash of all samples
 */
record TrainingData(
    Samples train,
    Samples validation,
    Samples test,
    int[] originalClasses,
    PassedOver passedOver,
    String hash) {
  /**
   * Reads the data, selects classes, splits and draws as configured.
   *
   * @param run folder of the run; null for none
   * @param progress gets a line for each image that is not read, and the progress of reading
   */
  static TrainingData of(DataConfig config, long seed, Path run, PrintStream progress) {
    ClassSelection classes =
        config.classes() == null ? null : ClassSelection.parse(config.classes());
    Read read = read(config, classes, seed, run, progress);
    TrainTest data = read.data();
    Split.Parts parts =
        read.validation() == null
            ? Split.validation(data.train(), config.validation(), seed)
            : new Split.Parts(data.train(), read.validation());
    Samples limited =
        config.limit() == null ? parts.train() : Split.limit(parts.train(), config.limit(), seed);
    Samples train = Split.weighted(limited, seed);
    return new TrainingData(
        train,
        parts.validation(),
        data.test(),
        read.numbers(),
        read.passedOver(),
        hash(train, data.test(), read.validation()));
  }

  /**
   * The hash of validation samples is included only if they come from files of their own; those
   * held out of the training set are in its hash already.
   */
  private static String hash(Samples train, Samples test, Samples validation) {
    String both = train.hash() + " " + test.hash();
    return validation == null ? both : both + " " + validation.hash();
  }

  /**
   * What a source holds.
   *
   * @param validation the source's own validation samples; null if it has none
   * @param numbers the number that each label's class has in the source
   */
  private record Read(TrainTest data, Samples validation, PassedOver passedOver, int[] numbers) {}

  private static Read read(
      DataConfig config, ClassSelection classes, long seed, Path run, PrintStream progress) {
    if (config.isFashionMnist()) {
      Path home = Path.of(System.getProperty("margin-softmax.home", "."));
      TrainTest all = FashionMnist.read(home.resolve("data").resolve("fashion-mnist"));
      return whole(classes == null ? all : all.select(classes), classes);
    }
    Path path = Path.of(config.source());
    DataFormat format = config.dataFormat();
    if (format == DataFormat.IDX) {
      return whole(classes == null ? IdxFolder.read(path) : IdxFolder.read(path, classes), classes);
    }
    if (format == DataFormat.ARRAYS) {
      ArrayData.Read all = ArrayData.read(path, config.testShare(), seed);
      ArrayData.Read chosen = classes == null ? all : all.select(classes);
      return new Read(chosen.data(), chosen.validation(), PassedOver.NONE, chosen.numbers());
    }
    ImageOptions options = images(config, seed);
    ImageData.Read all =
        ImageData.read(
            format.open(path, config.sourceOptions(), progress::println),
            options,
            config.cachePlace(run),
            progress::println);
    TrainTest data = classes == null ? all.data() : all.data().select(classes);
    Samples validation =
        classes == null || all.validation() == null
            ? all.validation()
            : classes.apply(all.validation());
    return new Read(data, validation, all.passedOver(), numbers(data, classes));
  }

  /** A result without files that were passed over. */
  private static Read whole(TrainTest data, ClassSelection classes) {
    return new Read(data, null, PassedOver.NONE, numbers(data, classes));
  }

  private static int[] numbers(TrainTest data, ClassSelection classes) {
    return classes == null
        ? IntStream.range(0, data.train().classes()).toArray()
        : classes.original();
  }

  /**
   * The test samples of data that may have only test samples; all samples of images that are not
   * split.
   *
   * @param classes used in place of the configured ones; null for these, and for all where there is
   *     nothing to train on
   * @param run folder of the run; null for none
   * @param progress gets a line for each image that is not read, and the progress of reading
   */
  static Samples test(
      DataConfig config, String classes, long seed, Path run, PrintStream progress) {
    DataConfig chosen = classes == null ? config : config.withClasses(classes);
    if (hasTraining(config)) {
      return of(chosen, seed, run, progress).test();
    }
    Path path = Path.of(config.source());
    DataFormat format = config.dataFormat();
    if (format == DataFormat.ARRAYS) {
      return ArrayData.readTest(
          path, chosen.classes() == null ? null : ClassSelection.parse(chosen.classes()));
    }
    Samples all =
        format == DataFormat.IDX
            ? IdxFolder.readTest(path)
            : ImageData.readTest(
                format.open(path, config.sourceOptions(), progress::println),
                images(config, seed),
                config.cachePlace(run),
                progress::println);
    return classes == null ? all : ClassSelection.parse(classes).apply(all);
  }

  /**
   * All samples of data that is not divided into parts, else those to test on.
   *
   * @param run folder of the run; null for none
   * @param progress gets a line for each image that is not read, and the progress of reading
   */
  static Samples undivided(DataConfig config, long seed, Path run, PrintStream progress) {
    if (config.isFashionMnist()
        || config.dataFormat() != DataFormat.ARRAYS
        || !hasTraining(config)) {
      return test(config, null, seed, run, progress);
    }
    Map<String, Object> whole = new HashMap<>(Map.of("test_share", 0.0, "validation", 0.0));
    whole.put("limit", null);
    TrainingData read = of(config.with(whole), seed, run, progress);
    return read.test.size() > 0 ? read.test : read.train;
  }

  /** Whether the data itself says which of its samples are trained on. */
  static boolean hasTraining(DataConfig config) {
    if (config.isFashionMnist()) {
      return true;
    }
    Path path = Path.of(config.source());
    DataFormat format = config.dataFormat();
    return switch (format) {
      case ARRAYS -> ArrayData.hasTraining(path);
      case IDX -> IdxFolder.hasTraining(path);
      case FOLDER -> ImageFolder.hasTraining(path);
      case LIST, WEBDATASET, RECORDIO, TFRECORD ->
          format.open(path, config.sourceOptions(), line -> {}).listing().items(Part.TRAIN).length
              > 0;
    };
  }

  /** How images are read. */
  static ImageOptions images(DataConfig config, long seed) {
    return new ImageOptions(
        config.imageSize() == null ? DataConfig.IMAGE_SIZE : config.imageSize(),
        config.imageColor(),
        config.imageFit(),
        config.testShare(),
        config.unreadable(),
        seed);
  }

  /** Memory for the samples in bytes; selections of the same images share it. */
  long pixelBytes() {
    return Stream.of(train, validation, test)
        .map(Samples::source)
        .distinct()
        .mapToLong(Samples::memory)
        .sum();
  }

  RunRecord.Data record() {
    List<Integer> original = Arrays.stream(originalClasses).boxed().toList();
    ElementSpec element = train.element();
    return new RunRecord.Data(
        hash,
        element instanceof ImageShape ? element.toString() : null,
        element instanceof ImageShape ? null : element.sizes(),
        train.size(),
        validation.size(),
        test.size(),
        train.classNames(),
        original);
  }
}

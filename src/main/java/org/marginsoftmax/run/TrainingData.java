package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.image.PassedOver;
import org.marginsoftmax.source.ArrayData;
import org.marginsoftmax.source.FashionMnist;
import org.marginsoftmax.source.IdxFolder;
import org.marginsoftmax.source.ImageFolder;

/**
 * The samples of a run.
 *
 * @param train trained on
 * @param validation held out of training; may be empty
 * @param test never used to choose anything
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
  private static final ImageSize IMAGE_SIZE = new ImageSize(32, 32);

  /** Reads the data, selects classes, splits and draws as configured. */
  static TrainingData of(DataConfig config, long seed) {
    ClassSelection classes =
        config.classes() == null ? null : ClassSelection.parse(config.classes());
    Read read = read(config, classes, seed);
    TrainTest data = read.data();
    Split.Parts parts =
        read.validation() == null
            ? Split.validation(data.train(), config.validation(), seed)
            : new Split.Parts(data.train(), read.validation());
    Samples train =
        config.limit() == null ? parts.train() : Split.limit(parts.train(), config.limit(), seed);
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

  private static Read read(DataConfig config, ClassSelection classes, long seed) {
    Path folder = Path.of(config.source());
    if (config.source().equals(DataConfig.FASHION_MNIST)) {
      Path home = Path.of(System.getProperty("margin-softmax.home", "."));
      TrainTest all = FashionMnist.read(home.resolve("data").resolve("fashion-mnist"));
      return whole(classes == null ? all : all.select(classes), classes);
    }
    if (ArrayData.is(folder)) {
      ArrayData.Read all = ArrayData.read(folder, config.testShare(), seed);
      ArrayData.Read chosen = classes == null ? all : all.select(classes);
      return new Read(chosen.data(), chosen.validation(), PassedOver.NONE, chosen.numbers());
    }
    if (ImageFolder.is(folder)) {
      ImageFolder.Read all = ImageFolder.read(folder, images(config, seed), System.err::println);
      TrainTest data = classes == null ? all.data() : all.data().select(classes);
      Samples validation =
          classes == null || all.validation() == null
              ? all.validation()
              : classes.apply(all.validation());
      return new Read(data, validation, all.passedOver(), numbers(data, classes));
    }
    return whole(
        classes == null ? IdxFolder.read(folder) : IdxFolder.read(folder, classes), classes);
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

  /** The test samples of data that may have only test samples. */
  static Samples test(DataConfig config, long seed) {
    if (hasTraining(config.source())) {
      return of(config, seed).test();
    }
    Path folder = Path.of(config.source());
    if (ArrayData.is(folder)) {
      return ArrayData.readTest(
          folder, config.classes() == null ? null : ClassSelection.parse(config.classes()));
    }
    return ImageFolder.is(folder)
        ? ImageFolder.readAll(folder, images(config, seed), System.err::println)
        : IdxFolder.readTest(folder);
  }

  /**
   * The test samples of data that may have only test samples.
   *
   * @param classes used in place of the configured ones; null for these
   */
  static Samples test(DataConfig config, String classes, long seed) {
    if (classes == null || hasTraining(config.source()) || ArrayData.is(Path.of(config.source()))) {
      return test(classes == null ? config : config.withClasses(classes), seed);
    }
    return ClassSelection.parse(classes).apply(test(config, seed));
  }

  static boolean hasTraining(String source) {
    Path folder = Path.of(source);
    if (ArrayData.is(folder)) {
      return ArrayData.hasTraining(folder);
    }
    return source.equals(DataConfig.FASHION_MNIST)
        || (ImageFolder.is(folder)
            ? ImageFolder.hasTraining(folder)
            : IdxFolder.hasTraining(folder));
  }

  /** How images of a folder are read. */
  static ImageFolder.Options images(DataConfig config, long seed) {
    return new ImageFolder.Options(
        config.imageSize() == null ? IMAGE_SIZE : config.imageSize(),
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
        .mapToLong(held -> (long) held.size() * held.element().bytes())
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

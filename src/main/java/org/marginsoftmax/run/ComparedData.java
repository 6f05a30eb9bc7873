package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.image.ImageSize;

/**
 * The samples that runs are compared on: the same ones for all, each in the form that a run takes.
 */
final class ComparedData {
  private final DataConfig data;
  private final String classes;
  private final long seed;
  private final PrintStream progress;
  private final RunRecord first;

  /** Whether the data is that of the first run, with its selection of classes. */
  private final boolean unchanged;

  private final SharedInputs shared = new SharedInputs();

  /** Names and labels of the samples, as the first of the runs has read them. */
  private List<String> names;

  private int[] labels;
  private List<String> classNames;

  /**
   * @param first whose data, selection of classes and split are the default; empty for SavedModels
   *     alone
   */
  ComparedData(CompareConfig config, Optional<RunRecord> first, PrintStream progress) {
    DataConfig own = first.map(r -> r.options().data()).orElseGet(DataConfig::fashionMnist);
    DataConfig asked = config.source() == null ? own : own.withSource(config.source());
    data = config.classes() == null ? asked : asked.withClasses(config.classes());
    classes = config.classes();
    seed = first.map(r -> r.options().loop().seed()).orElse(1L);
    this.progress = progress;
    this.first = first.orElse(null);
    unchanged = config.source() == null && classes == null;
  }

  long seed() {
    return seed;
  }

  String source() {
    return data.source();
  }

  /** Names of the classes, by label. */
  List<String> classNames() {
    return classNames;
  }

  /** Number of classes that the samples are of. */
  int classes() {
    return (int) Arrays.stream(labels).distinct().count();
  }

  int size() {
    return names.size();
  }

  /**
   * Samples of a run.
   *
   * @param train of the same data; null if it has only test samples
   */
  record Parts(Samples train, Samples test) {}

  /**
   * The samples in the form that a run was trained on.
   *
   * @throws InvalidInputException if they cannot be brought to it, or are others than those of the
   *     runs before
   */
  Parts of(TrainedRun run) {
    ElementSpec element = run.record().data().element();
    DataConfig fitted = data;
    if (element instanceof ImageShape image) {
      fitted =
          data.with(
              Map.of(
                  "image_size",
                  new ImageSize(image.height(), image.width()),
                  "image_color",
                  image.channels() == 1 ? "grey" : "color",
                  "image_fit",
                  run.config().data().imageFit()));
    }
    Parts parts = read(fitted, run);
    if (!parts.test().element().equals(element)) {
      throw new InvalidInputException(
          "compare %s: expected test samples of %s as it was trained on, found %s in %s; give others with `data`, or leave this run out"
              .formatted(run.folder().path(), element, parts.test().element(), data.source()));
    }
    requireSame(run.folder().path(), parts.test());
    return parts;
  }

  private Parts read(DataConfig fitted, TrainedRun run) {
    Path folder = run.folder().path();
    boolean own = unchanged && run.record().equals(first);
    if (own) {
      data.requireThere(folder);
    }
    if (TrainingData.hasTraining(fitted)) {
      TrainingData whole = shared.data(fitted, seed, folder, progress);
      if (own) {
        run.requireOwn(whole);
      }
      return new Parts(whole.train(), whole.test());
    }
    return new Parts(null, TrainingData.test(fitted, classes, seed, folder, progress));
  }

  /**
   * Whether a run may have been trained on some of the test samples: it has divided the same data
   * in another way.
   *
   * @return what to say of it
   */
  Optional<String> seen(TrainedRun run, Samples test) {
    DataConfig its = run.config().data();
    boolean divided = run.config().loop().seed() != seed || its.testShare() != data.testShare();
    String[] hashes = run.record().data().hash().split(" ");
    return its.source().equals(data.source())
            && !data.isFashionMnist()
            && divided
            && !(hashes.length > 1 && hashes[1].equals(test.hash()))
        ? Optional.of(
            "it held other samples of the same data out for testing, so it may have been trained on some of these")
        : Optional.empty();
  }

  /** The embeddings of a SavedModel, of the samples in the form that it takes. */
  Embeddings of(Path model) {
    try (ModelEmbedder embedder = ModelEmbedder.open(model, Map.of(), progress)) {
      DataConfig fitted = embedder.reading(data.with(whatIsOpen()));
      Samples test = TrainingData.test(fitted, classes, seed, null, progress);
      requireSame(model, test);
      embedder.requireFit(test, data.source());
      return new Embeddings(embedder.embed("test", test), test.labels());
    }
  }

  /** Size and colour, which are the model's. */
  private static Map<String, Object> whatIsOpen() {
    Map<String, Object> open = new HashMap<>();
    open.put("image_size", null);
    open.put("image_color", null);
    return open;
  }

  private void requireSame(Path path, Samples test) {
    List<String> found = IntStream.range(0, test.size()).mapToObj(test::name).toList();
    if (found.isEmpty()) {
      throw new InvalidInputException(
          "data: expected samples to test on, found none in %s; name others with `data`"
              .formatted(data.source()));
    }
    if (names == null) {
      names = found;
      labels = test.labels();
      classNames = test.classNames();
    } else if (!found.equals(names)
        || !Arrays.equals(labels, test.labels())
        || !test.classNames().equals(classNames)) {
      throw new InvalidInputException(
          "compare %s: expected the %d test samples that the runs before it have, found %d, not the same ones; see which images of %s it could not read, or leave it out"
              .formatted(path, names.size(), found.size(), data.source()));
    }
  }
}

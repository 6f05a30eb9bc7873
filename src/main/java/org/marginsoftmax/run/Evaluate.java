package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.ScoringGraph;

/** Computes the figures of a run anew, from its best checkpoint, or those of a SavedModel. */
public final class Evaluate {
  private Evaluate() {}

  /**
   * Evaluates a SavedModel or a run on test samples of every class; see {@link #run(Path, String,
   * String, Integer, Map, PrintStream)}.
   */
  public static Evaluation run(Path path, String source, Integer pairSamples) {
    return run(path, source, null, pairSamples, Map.of(), System.err);
  }

  /**
   * Evaluates a SavedModel or a run on test samples. A model's are judged by what needs no class
   * centres; a run's are its own, or others. Samples of the classes it was trained on get every
   * figure; those of other classes what needs no class centres.
   *
   * @param source data to take in place of the run's own, a folder with test files alone included;
   *     null for the run's own, for a model fashion-mnist
   * @param classes those to use of the data; null for the run's own of its own data, else for all
   * @param pairSamples largest number of test samples whose pairs are all compared; null for the
   *     usual
   * @param inputValues numbers, true or false for inputs of a model beside the images, by name;
   *     empty for a run
   * @param progress where lines about what takes long go
   * @throws InvalidInputException if the folder holds no model and no run, or one without a
   *     checkpoint, or the data cannot be what the network sees
   */
  public static Evaluation run(
      Path path,
      String source,
      String classes,
      Integer pairSamples,
      Map<String, String> inputValues,
      PrintStream progress) {
    if (Files.exists(path.resolve("saved_model.pb"))) {
      String data = source == null ? DataConfig.FASHION_MNIST : source;
      return TestEvaluation.ofUnknownClasses(
          Embed.embeddings(path, data, classes, inputValues, progress), protocol(1, pairSamples));
    }
    if (!inputValues.isEmpty()) {
      throw new InvalidInputException(
          "input value: expected the folder of a SavedModel, found %s, a run, which keeps the values it was trained with; leave --input-value out"
              .formatted(path));
    }
    return ofRun(path, source, classes, pairSamples);
  }

  private static Protocol protocol(long seed, Integer pairSamples) {
    Protocol usual = Protocol.usual(seed);
    return pairSamples == null ? usual : usual.withPairSamples(pairSamples);
  }

  private static Evaluation ofRun(Path path, String source, String classes, Integer pairSamples) {
    RunFolder folder = new RunFolder(path);
    RunRecord record = record(folder);
    try (Checkpoints.Best best = best(folder)) {
      return ofRun(folder, record, best, source, classes, pairSamples);
    }
  }

  private static Evaluation ofRun(
      RunFolder folder,
      RunRecord record,
      Checkpoints.Best best,
      String source,
      String classes,
      Integer pairSamples) {
    TrainConfig options = record.options();
    Protocol protocol = protocol(options.loop().seed(), pairSamples);
    DataConfig asked = source == null ? options.data() : options.data().withSource(source);
    DataConfig data = classes == null ? asked : asked.withClasses(classes);
    // Its training samples are read with them, once: those of the run's classes are looked among.
    TrainingData whole =
        source == null && classes == null ? own(folder, record) : whole(data, options);
    Samples test =
        whole == null ? TrainingData.test(data, classes, options.loop().seed()) : whole.test();
    ElementSpec trained = record.data().element();
    if (!test.element().equals(trained)) {
      boolean images = trained instanceof ImageShape && test.element() instanceof ImageShape;
      throw new InvalidInputException(
          "data: expected %s%s as the run was trained on, found %s in %s; %s"
              .formatted(
                  images ? "images of " : "",
                  trained,
                  test.element(),
                  data.source(),
                  images ? "resize them" : "give samples of that shape"));
    }
    boolean known = test.classNames().equals(record.data().classNames());
    try (ScoringGraph graph =
        ScoringGraph.restore(
            Train.scoring(record, folder),
            Device.parse(options.loop().device()).session(options.loop().threads()),
            best.variables())) {
      return known
          ? TestEvaluation.of(
                  graph, (whole == null ? own(folder, record) : whole).train(), test, protocol)
              .evaluation()
          : TestEvaluation.ofUnknownClasses(
              new Embeddings(TestEvaluation.embed(graph, "test", test), test.labels()), protocol);
    }
  }

  /** What the run in a folder is. */
  static RunRecord record(RunFolder folder) {
    return folder
        .config()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "run: expected the folder of a run, found no config.json in "
                        + folder.path()
                        + "; train leaves one"));
  }

  /** {@link #checkpoint}; says so where training still goes on. */
  static Checkpoints.Best best(RunFolder folder) {
    Checkpoints.Best best = checkpoint(folder);
    if (folder.isTraining()) {
      System.err.printf(
          "%s is still being trained: this is its best checkpoint so far, of step %d%n",
          folder.path(), best.step());
    }
    return best;
  }

  /**
   * Its best checkpoint, to be read until it is closed.
   *
   * @throws InvalidInputException if it reached none
   */
  static Checkpoints.Best checkpoint(RunFolder folder) {
    return folder
        .checkpoints()
        .best()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "run: expected a checkpoint of a whole epoch, found none in %s; %s"
                        .formatted(
                            folder.path(),
                            folder.isTraining()
                                ? "wait until the training there has ended one"
                                : "go on with train --resume --out " + folder.path())));
  }

  /** The run's own data, which must be what it was trained on. */
  static TrainingData own(RunFolder folder, RunRecord record) {
    DataConfig asked = record.options().data();
    asked.requireThere(folder.path());
    TrainingData data = TrainingData.of(asked, record.options().loop().seed());
    if (!data.record().hash().equals(record.data().hash())) {
      throw new InvalidInputException(
          "data: expected the samples that the run was trained on, found others in "
              + asked.source()
              + "; bring them back, or name the new ones with --data");
    }
    return data;
  }

  /** Data with training samples of its own; null where it has test samples alone. */
  private static TrainingData whole(DataConfig data, TrainConfig options) {
    return TrainingData.hasTraining(data.source())
        ? TrainingData.of(data, options.loop().seed())
        : null;
  }
}

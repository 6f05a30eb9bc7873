package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.train.ScoringGraph;

/** Recomputes the metrics of a run from its best checkpoint, or computes those of a SavedModel. */
public final class Evaluate {
  private Evaluate() {}

  /**
   * Evaluates a SavedModel or a run on the test samples of all classes, with progress on standard
   * error; see {@link #run(Path, String, String, Integer, Integer, Map, PrintStream)}.
   */
  public static Evaluation run(Path path, String source, Integer pairSamples) {
    return run(path, source, null, pairSamples, null, Map.of(), System.err);
  }

  /**
   * Evaluates a SavedModel or a run on test samples, the run's own or others. A run gets every
   * metric if the data has the classes it was trained on. A SavedModel, or a run on other classes,
   * gets only the metrics that need no class centers.
   *
   * @param source data to use instead of the run's own, which may be a folder with only test files;
   *     null for the run's own, or for fashion-mnist with a model
   * @param classes the classes of the data to use; null for the run's own selection on its own
   *     data, else for all
   * @param pairSamples largest number of test samples among which all pairs are compared; null for
   *     the default
   * @param replicates number of bootstrap replicates that intervals are from, 0 for no intervals;
   *     null for the default
   * @param inputValues numbers, true or false for a model's inputs other than the images, by name;
   *     empty for a run
   * @param progress gets lines about long stages
   * @throws InvalidInputException if the folder holds neither a model nor a run with a checkpoint,
   *     or if the data does not fit the network
   */
  public static Evaluation run(
      Path path,
      String source,
      String classes,
      Integer pairSamples,
      Integer replicates,
      Map<String, String> inputValues,
      PrintStream progress) {
    if (Files.exists(path.resolve("saved_model.pb"))) {
      String data = source == null ? DataConfig.FASHION_MNIST : source;
      return TestEvaluation.ofUnknownClasses(
          Embed.embeddings(path, data, classes, inputValues, progress),
          protocol(1, pairSamples, replicates),
          progress);
    }
    if (!inputValues.isEmpty()) {
      throw new InvalidInputException(
          "input value: expected the folder of a SavedModel, found %s, a run, which keeps the values it was trained with; leave `input-value` out"
              .formatted(path));
    }
    try (TrainedRun run = TrainedRun.open(path, progress)) {
      return run(run, source, classes, pairSamples, replicates);
    }
  }

  private static Protocol protocol(long seed, Integer pairSamples, Integer replicates) {
    Protocol usual = Protocol.usual(seed);
    Protocol pairs = pairSamples == null ? usual : usual.withPairSamples(pairSamples);
    return replicates == null ? pairs : pairs.withReplicates(replicates);
  }

  /**
   * Evaluates an opened run on test samples; see {@link #run(Path, String, String, Integer,
   * Integer, Map, PrintStream)}.
   */
  public static Evaluation run(
      TrainedRun run, String source, String classes, Integer pairSamples, Integer replicates) {
    run.requireOpen();
    PrintStream progress = run.progress();
    TrainConfig options = run.config();
    Protocol protocol = protocol(options.loop().seed(), pairSamples, replicates);
    // Other images are brought to the size and colour that the network takes.
    DataConfig asked =
        source == null
            ? options.data()
            : options.data().withSource(source).fitting(run.record().data().element());
    DataConfig data = classes == null ? asked : asked.withClasses(classes);
    // Its training samples are read with them, once: those of the run's classes are looked among.
    TrainingData whole = source == null && classes == null ? run.data() : whole(data, run);
    Samples read =
        whole == null
            ? TrainingData.test(data, classes, options.loop().seed(), run.folder().path(), progress)
            : whole.test();
    List<String> trainedClasses = run.record().data().classNames();
    Samples test = ClassesInOrder.of(read, trainedClasses);
    if (test.size() == 0) {
      throw new InvalidInputException(
          "data: expected samples to test on, found none in %s; %s"
              .formatted(
                  data.source(),
                  source == null
                      ? "the run was trained without any, name others with `data`"
                      : "add some"));
    }
    ElementSpec trained = run.record().data().element();
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
    boolean known = test.classNames().equals(trainedClasses);
    if (!known) {
      progress.printf(
          "the classes of these samples are not those that were trained (%d of the %d names are), so metrics that need class centres are left out%n",
          trainedClasses.stream().filter(test.classNames()::contains).count(),
          trainedClasses.size());
    }
    try (ScoringGraph graph = run.restore(options.loop().session())) {
      return known
          ? TestEvaluation.of(
                  graph,
                  ClassesInOrder.of((whole == null ? run.data() : whole).train(), trainedClasses),
                  test,
                  protocol,
                  progress)
              .evaluation()
          : TestEvaluation.ofUnknownClasses(
              new Embeddings(TestEvaluation.embed(graph, "test", test, progress), test.labels()),
              protocol,
              progress);
    }
  }

  /** The data, if it has training samples of its own; null if it has only test samples. */
  private static TrainingData whole(DataConfig data, TrainedRun run) {
    return TrainingData.hasTraining(data)
        ? TrainingData.of(data, run.config().loop().seed(), run.folder().path(), run.progress())
        : null;
  }
}

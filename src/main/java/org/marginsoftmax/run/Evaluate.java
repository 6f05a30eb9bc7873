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
   * error; see {@link #run(EvaluateConfig, PrintStream)}.
   */
  public static Evaluation run(Path path, String source, Integer pairSamples) {
    return run(path, source, null, pairSamples, null, Map.of(), System.err);
  }

  /**
   * Evaluates a SavedModel or a run, without files; see {@link #run(EvaluateConfig, PrintStream)}.
   */
  public static Evaluation run(
      Path path,
      String source,
      String classes,
      Integer pairSamples,
      Integer replicates,
      Map<String, String> inputValues,
      PrintStream progress) {
    return run(
        new EvaluateConfig(path, source, classes, pairSamples, replicates, inputValues, null, null),
        progress);
  }

  /**
   * Evaluates a SavedModel or a run on test samples, the run's own or others. A run gets every
   * metric if the data has the classes it was trained on. A SavedModel, or a run on other classes,
   * gets only the metrics that need no class centers.
   *
   * @param progress gets lines about long stages
   * @throws InvalidInputException if the folder holds neither a model nor a run with a checkpoint,
   *     if the data does not fit the network, or if a file by class is asked for that cannot be
   *     written, or of classes that were not trained
   */
  public static Evaluation run(EvaluateConfig config, PrintStream progress) {
    requireFiles(config);
    if (Files.exists(config.path().resolve("saved_model.pb"))) {
      if (config.hasTables()) {
        throw noCenters("a SavedModel, which has no class centres");
      }
      String data = config.source() == null ? DataConfig.FASHION_MNIST : config.source();
      return TestEvaluation.ofUnknownClasses(
          Embed.embeddings(config.path(), data, config.classes(), config.inputValues(), progress),
          config.protocol(1),
          progress);
    }
    if (!config.inputValues().isEmpty()) {
      throw new InvalidInputException(
          "input value: expected the folder of a SavedModel, found %s, a run, which keeps the values it was trained with; leave `input-value` out"
              .formatted(config.path()));
    }
    try (TrainedRun run = TrainedRun.open(config.path(), progress)) {
      return run(run, config);
    }
  }

  private static void requireFiles(EvaluateConfig config) {
    String elsewhere = "choose another";
    if (config.perClass() != null) {
      OutputFolder.requireFile("per-class file", config.perClass(), elsewhere);
    }
    if (config.confusion() != null) {
      OutputFolder.requireFile("confusion file", config.confusion(), elsewhere);
      if (config.confusion().equals(config.perClass())) {
        throw new InvalidInputException(
            "confusion file: expected another than that of `per-class`, found %s for both; name two"
                .formatted(config.confusion()));
      }
    }
  }

  private static InvalidInputException noCenters(String found) {
    return new InvalidInputException(
        "files by class: expected a run and test samples of its classes, found %s; leave `per-class` and `confusion` out"
            .formatted(found));
  }

  /**
   * Evaluates an opened run on test samples, without files; see {@link #run(EvaluateConfig,
   * PrintStream)}.
   */
  public static Evaluation run(
      TrainedRun run, String source, String classes, Integer pairSamples, Integer replicates) {
    return run(
        run,
        new EvaluateConfig(
            run.folder().path(), source, classes, pairSamples, replicates, Map.of(), null, null));
  }

  private static Evaluation run(TrainedRun run, EvaluateConfig config) {
    run.requireOpen();
    String source = config.source();
    String classes = config.classes();
    PrintStream progress = run.progress();
    TrainConfig options = run.config();
    Protocol protocol = config.protocol(options.loop().seed());
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
      String shared =
          "%d of the %d names are"
              .formatted(
                  trainedClasses.stream().filter(test.classNames()::contains).count(),
                  trainedClasses.size());
      if (config.hasTables()) {
        throw noCenters("samples of other classes in " + data.source() + " (" + shared + " there)");
      }
      progress.printf(
          "the classes of these samples are not those that were trained (%s), so metrics that need class centres are left out%n",
          shared);
    }
    try (ScoringGraph graph = run.restore(options.loop().session())) {
      if (!known) {
        return TestEvaluation.ofUnknownClasses(
            new Embeddings(TestEvaluation.embed(graph, "test", test, progress), test.labels()),
            protocol,
            progress);
      }
      TestEvaluation found =
          TestEvaluation.of(
              graph,
              ClassesInOrder.of((whole == null ? run.data() : whole).train(), trainedClasses),
              test,
              protocol,
              progress);
      ClassTables tables = ClassTables.of(found, trainedClasses);
      if (config.perClass() != null) {
        tables.writePerClass(config.perClass());
      }
      if (config.confusion() != null) {
        tables.writeConfusion(config.confusion());
      }
      return found.evaluation();
    }
  }

  /** The data, if it has training samples of its own; null if it has only test samples. */
  private static TrainingData whole(DataConfig data, TrainedRun run) {
    return TrainingData.hasTraining(data)
        ? TrainingData.of(data, run.config().loop().seed(), run.folder().path(), run.progress())
        : null;
  }
}

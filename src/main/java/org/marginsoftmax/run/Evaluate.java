package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonValue;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.ListEvaluation;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.train.ScoringGraph;

/**
 * Recomputes the metrics of a run from its best checkpoint, or computes those of a SavedModel: on
 * test samples, on a list of pairs, or on queries and a gallery.
 */
public final class Evaluate {
  private Evaluate() {}

  /**
   * What was found.
   *
   * @param evaluation all metrics
   * @param list by a list of pairs: folds and groups too; null without a list
   */
  public record Result(Evaluation evaluation, ListEvaluation list) {
    /** Metrics by name; of a list its folds and groups too. */
    @JsonValue
    Map<String, Object> json() {
      Map<String, Object> json = MetricRecord.byName(evaluation);
      if (list != null) {
        list.all().folds().ifPresent(folds -> json.put("folds", folds));
        if (!list.groupings().isEmpty()) {
          json.put("groups", GroupRecord.byColumn(list));
        }
      }
      return json;
    }
  }

  /**
   * Evaluates a SavedModel or a run on the test samples of all classes, with progress on standard
   * error; see {@link #run(EvaluateConfig, PrintStream)}.
   *
   * @param source data to use instead of the run's own; null for these
   * @param pairSamples largest number of test samples among which all pairs are compared; null for
   *     the default
   */
  public static Evaluation run(Path path, String source, Integer pairSamples) {
    EvaluateConfig config = EvaluateConfig.of(path).withData(source);
    return run(config.withPairSamples(pairSamples), System.err).evaluation();
  }

  /**
   * Evaluates a SavedModel or a run on test samples, on a list of pairs, or on a gallery and
   * queries. On test samples a run gets every metric if the data has the classes it was trained on.
   * A SavedModel, or a run on other classes, gets only the metrics that need no class centers.
   *
   * @param progress gets lines about long stages
   * @throws InvalidInputException if the folder holds neither a model nor a run with a checkpoint,
   *     if the data does not fit the network, or if a file by class is asked for that cannot be
   *     written, or of classes that were not trained
   */
  public static Result run(EvaluateConfig config, PrintStream progress) {
    requireFiles(config.tables());
    Path path = config.path();
    if (SavedModelFolder.isAt(path)) {
      return runModel(config, progress);
    }
    if (!config.inputValues().isEmpty()) {
      throw new InvalidInputException(
          "input value: expected the folder of a SavedModel, found %s, a run, which keeps the values it was trained with; leave `input-value` out"
              .formatted(path));
    }
    try (TrainedRun run = TrainedRun.open(path, progress)) {
      return run(run, config);
    }
  }

  private static Result runModel(EvaluateConfig config, PrintStream progress) {
    if (config.tables() != null) {
      throw noCenters("a SavedModel, which has no class centres");
    }
    Protocol protocol = config.protocol(1);
    PairVerification pairs =
        config.pairs() == null ? null : PairVerification.read(config.pairs(), progress);
    try (ModelEmbedder embedder =
        ModelEmbedder.open(config.path(), config.inputValues(), progress)) {
      if (pairs != null) {
        return result(pairs.evaluate(embedder, null, protocol, progress));
      }
      if (config.search() != null) {
        return result(GallerySearch.evaluate(config.search(), embedder, null, protocol, progress));
      }
      String source = config.data() == null ? DataConfig.FASHION_MNIST : config.data();
      return result(
          TestEvaluation.ofUnknownClasses(
              embedder.testEmbeddings(source, config.classes()), protocol, progress));
    }
  }

  private static Result result(ListEvaluation list) {
    return new Result(list.all().evaluation(), list);
  }

  private static Result result(Evaluation evaluation) {
    return new Result(evaluation, null);
  }

  private static void requireFiles(EvaluateConfig.Tables tables) {
    if (tables == null) {
      return;
    }
    String elsewhere = "choose another";
    if (tables.perClass() != null) {
      OutputFolder.requireFile("per-class file", tables.perClass(), elsewhere);
    }
    if (tables.confusion() != null) {
      OutputFolder.requireFile("confusion file", tables.confusion(), elsewhere);
      if (tables.confusion().equals(tables.perClass())) {
        throw new InvalidInputException(
            "confusion file: expected another than that of `per-class`, found %s for both; name two"
                .formatted(tables.confusion()));
      }
    }
  }

  private static InvalidInputException noCenters(String found) {
    return new InvalidInputException(
        "files by class: expected a run and test samples of its classes, found %s; leave `per-class` and `confusion` out"
            .formatted(found));
  }

  /**
   * Evaluates an opened run; see {@link #run(EvaluateConfig, PrintStream)}.
   *
   * @param config its path is not looked at
   */
  public static Result run(TrainedRun run, EvaluateConfig config) {
    run.requireOpen();
    requireFiles(config.tables());
    PrintStream progress = run.progress();
    Protocol protocol = config.protocol(run.config().loop().seed());
    Path folder = run.folder().path();
    if (config.pairs() != null) {
      return result(
          PairVerification.read(config.pairs(), progress)
              .evaluate(new RunEmbedder(run), folder, protocol, progress));
    }
    return result(
        config.search() != null
            ? GallerySearch.evaluate(
                config.search(), new RunEmbedder(run), folder, protocol, progress)
            : ofSamples(run, config, protocol));
  }

  private static Evaluation ofSamples(TrainedRun run, EvaluateConfig config, Protocol protocol) {
    String source = config.data();
    String classes = config.classes();
    PrintStream progress = run.progress();
    TrainConfig options = run.config();
    RunEmbedder embedder = new RunEmbedder(run);
    DataConfig asked = source == null ? options.data() : embedder.reading(source);
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
    embedder.requireFit(test, data.source());
    boolean known = test.classNames().equals(trainedClasses);
    if (!known) {
      String shared =
          "%d of the %d names are"
              .formatted(
                  trainedClasses.stream().filter(test.classNames()::contains).count(),
                  trainedClasses.size());
      if (config.tables() != null) {
        throw noCenters("samples of other classes in " + data.source() + " (" + shared + " there)");
      }
      progress.printf(
          "the classes of these samples are not those that were trained (%s), so metrics that need class centres are left out%n",
          shared);
      return TestEvaluation.ofUnknownClasses(
          new Embeddings(embedder.embed("test", test), test.labels()), protocol, progress);
    }
    try (ScoringGraph graph = run.restore(options.loop().session())) {
      TestEvaluation found =
          TestEvaluation.of(
              graph,
              ClassesInOrder.of((whole == null ? run.data() : whole).train(), trainedClasses),
              test,
              protocol,
              progress);
      if (config.tables() != null) {
        ClassTables.of(found, trainedClasses).write(config.tables());
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

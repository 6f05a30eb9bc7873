package org.marginsoftmax.run;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.export.SavedModelWriter;
import org.marginsoftmax.train.ScoringGraph;
import org.marginsoftmax.train.TensorBoardEvents;

/**
 * Writes what a finished run leaves, all from its best checkpoint: metrics, report, tables by
 * class, model, and what TensorBoard shows of the test samples. Without test samples there is only
 * the model.
 */
final class RunArtifacts {
  private static final String METRICS = "metrics.json";

  private RunArtifacts() {}

  /** Whether the run in a folder was finished, if it has not got more epochs since. */
  static boolean areIn(RunFolder folder) {
    return Files.exists(folder.path().resolve(METRICS));
  }

  /**
   * The metrics of a finished run; null if it has no test samples.
   *
   * @throws InvalidInputException if the file holds something else
   */
  static Evaluation metrics(RunFolder folder) {
    Map<String, MetricRecord> read =
        Json.read(folder.path().resolve(METRICS), Metrics.class, record -> {}).orElseThrow();
    List<Metric> metrics = new ArrayList<>();
    for (Figure figure : Figure.values()) {
      MetricRecord metric = read.get(figure.key());
      if (metric != null) {
        metrics.add(metric.metric(figure));
      }
    }
    return metrics.isEmpty() ? null : new Evaluation(metrics);
  }

  /** The content of {@code metrics.json}, by name. */
  private static final class Metrics extends LinkedHashMap<String, MetricRecord> {
    private static final long serialVersionUID = 1L;
  }

  /** Values of the metrics that have one, by name. */
  private static Map<String, Double> defined(Evaluation evaluation) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (Metric metric : evaluation.metrics()) {
      metric.value().ifPresent(value -> values.put(metric.figure().key(), value));
    }
    return values;
  }

  /** Returns the evaluation; null if there are no test samples. */
  static TestEvaluation write(TrainedRun run, TrainingData data) {
    RunFolder folder = run.folder();
    try (ScoringGraph graph = run.restore(run.config().loop().session())) {
      TestEvaluation test =
          data.test().size() == 0
              ? null
              : TestEvaluation.of(
                  graph,
                  data.train(),
                  data.test(),
                  Protocol.usual(run.config().loop().seed()),
                  run.progress());
      SavedModelWriter.write(folder.model(), graph.session(), graph.signature());
      if (test != null) {
        Reports.of(run, data, test).write(folder.report());
        ClassTables.of(test, data.train().classNames())
            .write(
                new EvaluateConfig.Tables(
                    folder.path().resolve(ClassTables.PER_CLASS),
                    folder.path().resolve(ClassTables.CONFUSION)));
        Reports.projector(data, test, run.config().loop().seed()).write(folder.path());
        TensorBoardEvents.tested(folder.path(), run.bestStep(), defined(test.evaluation()));
      }
      // Last, for it is the sign of a finished run.
      Json.write(folder.path().resolve(METRICS), test == null ? Map.of() : test.evaluation());
      return test;
    }
  }
}

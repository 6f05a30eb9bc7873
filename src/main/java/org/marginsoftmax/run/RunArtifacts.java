package org.marginsoftmax.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.export.SavedModelWriter;
import org.marginsoftmax.train.ScoringGraph;

/**
 * Writes what a finished run leaves, all from its best checkpoint: metrics, report and model.
 * Without test samples there are no metrics, and no report.
 */
final class RunArtifacts {
  private RunArtifacts() {}

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
      }
      // Last, for it is the sign of a finished run.
      Json.write(
          folder.path().resolve("metrics.json"),
          test == null ? Map.of() : defined(test.evaluation()));
      return test;
    }
  }

  /** Metrics by name, each with its definition and its value, null if undefined. */
  static Map<String, Defined> defined(Evaluation evaluation) {
    Map<String, Defined> metrics = new LinkedHashMap<>();
    for (Metric metric : evaluation.metrics()) {
      Double value = metric.value().isPresent() ? metric.value().getAsDouble() : null;
      metrics.put(metric.name(), new Defined(value, metric.definition()));
    }
    return metrics;
  }

  /** A metric in {@code metrics.json}. */
  record Defined(Double value, String definition) {}
}

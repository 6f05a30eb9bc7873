package org.marginsoftmax.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.export.SavedModelWriter;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.ScoringGraph;
import org.marginsoftmax.train.TrainingState;
import org.tensorflow.proto.ConfigProto;

/** What a finished run leaves: figures, page, model, all of the best checkpoint. */
final class RunArtifacts {
  private RunArtifacts() {}

  static TestEvaluation write(
      RunFolder folder,
      Network network,
      ConfigProto session,
      TrainingData data,
      TrainingState state,
      RunRecord record) {
    try (ScoringGraph graph =
        ScoringGraph.restore(network, session, folder.checkpoints().variables(state.bestStep()))) {
      TestEvaluation scored =
          TestEvaluation.of(
              graph, data.train(), data.test(), Protocol.usual(record.options().loop().seed()));
      SavedModelWriter.write(folder.model(), graph.session(), graph.signature());
      Reports.of(folder, record, network.head(), data, scored).write(folder.report());
      // Last, for it is the sign of a finished run.
      Json.write(folder.path().resolve("metrics.json"), defined(scored.evaluation()));
      return scored;
    }
  }

  /** Metrics by name, each with its value, null where it is undefined, and definition. */
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

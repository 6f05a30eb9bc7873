package org.marginsoftmax.run;

import java.nio.file.Path;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.ScoringGraph;
import org.marginsoftmax.train.TrainingState;

/** Computes the figures of a run anew, from its best checkpoint and its data. */
public final class Evaluate {
  private Evaluate() {}

  /**
   * Evaluates a run on its test samples.
   *
   * @param source data to take in place of the run's own; null for those
   * @throws IllegalArgumentException if the folder holds no run, or one without a checkpoint, or
   *     the data are not the run's
   */
  public static Evaluation run(Path path, String source) {
    RunFolder folder = new RunFolder(path);
    RunRecord record =
        folder
            .config()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "run: expected the folder of a run, found no config.json in "
                            + path
                            + "; train leaves one"));
    TrainingState state =
        folder
            .checkpoints()
            .latest()
            .filter(s -> s.bestStep() > 0)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "run: expected a checkpoint of a whole epoch, found none in "
                            + path
                            + "; go on with train --resume --out "
                            + path));
    TrainConfig options = record.options();
    DataConfig asked = options.data();
    TrainingData data =
        TrainingData.of(
            source == null
                ? asked
                : new DataConfig(source, asked.classes(), asked.limit(), asked.validation()),
            options.loop().seed());
    if (!data.record().classNames().equals(record.data().classNames())) {
      throw new IllegalArgumentException(
          "data: expected the %d classes of the run, found %d others; give the data it was trained on"
              .formatted(record.data().classNames().size(), data.train().classes()));
    }
    if (source == null && !data.record().hash().equals(record.data().hash())) {
      throw new IllegalArgumentException(
          "data: expected the samples that the run was trained on, found others in "
              + asked.source()
              + "; bring them back, or name the new ones with --data");
    }
    try (ScoringGraph graph =
        ScoringGraph.restore(
            Train.network(options, data),
            Device.parse(options.loop().device()).session(options.loop().threads()),
            folder.checkpoints().variables(state.bestStep()))) {
      return Scored.of(graph, data, options.loop().seed()).evaluation();
    }
  }
}

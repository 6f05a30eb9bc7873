package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.ScoringGraph;
import org.tensorflow.proto.ConfigProto;

/**
 * A trained run: its record, its network and its best checkpoint. The checkpoint is kept until this
 * is closed, even if training continues.
 */
public final class TrainedRun implements AutoCloseable {
  private final RunFolder folder;
  private final RunRecord record;
  private final Network network;
  private final Checkpoints.Best best;

  TrainedRun(RunFolder folder, RunRecord record, Network network, Checkpoints.Best best) {
    this.folder = folder;
    this.record = record;
    this.network = network;
    this.best = best;
  }

  /**
   * Opens a run. If it is still being trained, a line on standard error says so.
   *
   * @param path of its folder
   * @throws InvalidInputException if the folder holds no run, or a run without a checkpoint
   */
  public static TrainedRun open(Path path) {
    RunFolder folder = new RunFolder(path);
    RunRecord record =
        folder
            .config()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "run: expected the folder of a run, found no config.json in "
                            + path
                            + "; train leaves one"));
    Checkpoints.Best best =
        folder
            .checkpoints()
            .best()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "run: expected a checkpoint of a whole epoch, found none in %s; %s"
                            .formatted(
                                path,
                                folder.isTraining()
                                    ? "wait until the training there has ended one"
                                    : "go on with train `resume` `out` " + path)));
    try {
      if (folder.isTraining()) {
        System.err.printf(
            "%s is still being trained: this is its best checkpoint so far, of step %d%n",
            path, best.step());
      }
      return new TrainedRun(folder, record, scoring(record, folder.inputs()), best);
    } catch (RuntimeException e) {
      best.close();
      throw e;
    }
  }

  /**
   * The network for scoring. That takes no labels, so there are no margins: files with counts or
   * margins of the classes are not needed.
   */
  private static Network scoring(RunRecord record, RunInputs inputs) {
    TrainConfig config = record.options();
    Backbone backbone =
        config.keras().from() == null
            ? config.backbone().backbone()
            : KerasSetup.backbone(config, inputs);
    int classes = record.data().classNames().size();
    int[] unused = new int[classes];
    Arrays.fill(unused, 1);
    return new Network(
        record.data().element(),
        backbone,
        config.head().withoutFiles().head(classes, unused),
        classes);
  }

  /** The content of the run's {@code config.json}. */
  public RunRecord record() {
    return record;
  }

  RunFolder folder() {
    return folder;
  }

  TrainConfig config() {
    return record.options();
  }

  Network network() {
    return network;
  }

  /** Prefix of the files with the variables of the best checkpoint. */
  Path variables() {
    return best.variables();
  }

  /** The network with the variables of the best checkpoint; the caller closes it. */
  ScoringGraph restore(ConfigProto session) {
    return ScoringGraph.restore(network, session, best.variables());
  }

  /**
   * The run's own data.
   *
   * @throws InvalidInputException if it is gone, or not the data that the run was trained on
   */
  TrainingData data() {
    DataConfig asked = config().data();
    asked.requireThere(folder.path());
    TrainingData data = TrainingData.of(asked, config().loop().seed(), folder.path());
    if (!data.record().hash().equals(record.data().hash())) {
      throw new InvalidInputException(
          "data: expected the samples that the run was trained on, found others in "
              + asked.source()
              + "; bring them back, or name the new ones with `data`");
    }
    return data;
  }

  @Override
  public void close() {
    best.close();
  }
}

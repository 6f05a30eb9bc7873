package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.ScoringGraph;
import org.tensorflow.proto.ConfigProto;

/**
 * A trained run: its record, its network and its best checkpoint. The checkpoint is kept until this
 * is closed, even if training continues; what needs it throws {@link IllegalStateException} then.
 */
public final class TrainedRun implements AutoCloseable {
  private final RunFolder folder;
  private final RunRecord record;
  private final Network network;
  private final Checkpoints.Best best;
  private final PrintStream progress;
  private volatile boolean closed;

  TrainedRun(
      RunFolder folder,
      RunRecord record,
      Network network,
      Checkpoints.Best best,
      PrintStream progress) {
    this.folder = folder;
    this.record = record;
    this.network = network;
    this.best = best;
    this.progress = progress;
  }

  /** Opens a run, with progress on standard error; see {@link #open(Path, PrintStream)}. */
  public static TrainedRun open(Path path) {
    return open(path, System.err);
  }

  /**
   * Opens a run.
   *
   * @param path of its folder
   * @param progress gets a line if the run is still being trained, and the progress and warnings of
   *     whatever is done with it
   * @throws InvalidInputException if the folder holds no run, or a run without a checkpoint
   */
  public static TrainedRun open(Path path, PrintStream progress) {
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
        progress.printf(
            "%s is still being trained: this is its best checkpoint so far, of step %d%n",
            path, best.step());
      }
      Device.claimThreads(record.options().loop().threads());
      return new TrainedRun(folder, record, scoring(record, folder.inputs()), best, progress);
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
            ? config.backbone().suiting(record.data().element()).backbone()
            : KerasSetup.backbone(config, inputs);
    int classes = record.data().classNames().size();
    int[] unused = new int[classes];
    Arrays.fill(unused, 1);
    Network network =
        new Network(
            record.data().element(),
            backbone,
            config.head().withoutFiles().head(classes, unused),
            classes);
    return network
        .withPixels(config.input().over(network.pixels()))
        .withShards(Centers.usualBlocks(classes, network.head().subcenters(), network.dimension()));
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

  /** Gets progress and warnings of whatever is done with the run. */
  PrintStream progress() {
    return progress;
  }

  /** Step of the best checkpoint. */
  long bestStep() {
    return best.step();
  }

  /**
   * Prefix of the files with the variables of the best checkpoint.
   *
   * @throws IllegalStateException if this is closed: training may have deleted them
   */
  Path variables() {
    requireOpen();
    return best.variables();
  }

  /**
   * @throws IllegalStateException if this is closed
   */
  void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "run %s: expected it open, found it closed; open it again".formatted(folder.path()));
    }
  }

  /** The network with the variables of the best checkpoint; the caller closes it. */
  ScoringGraph restore(ConfigProto session) {
    return ScoringGraph.restore(network, session, variables());
  }

  /**
   * The run's own data.
   *
   * @throws InvalidInputException if it is gone, or not the data that the run was trained on
   */
  TrainingData data() {
    requireOpen();
    DataConfig asked = config().data();
    asked.requireThere(folder.path());
    TrainingData data = TrainingData.of(asked, config().loop().seed(), folder.path(), progress);
    requireOwn(data);
    return data;
  }

  /**
   * @throws InvalidInputException if it is not the data that the run was trained on
   */
  void requireOwn(TrainingData data) {
    if (!data.record().hash().equals(record.data().hash())) {
      throw new InvalidInputException(
          "data: expected the samples that the run was trained on, found others in "
              + config().data().source()
              + "; bring them back, or evaluate the new ones with evaluate `data`");
    }
  }

  @Override
  public void close() {
    closed = true;
    best.close();
  }
}

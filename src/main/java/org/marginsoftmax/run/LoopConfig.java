package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.cluster.Cluster;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.LearningRate;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.PartialFc;
import org.marginsoftmax.train.TrainingPlan;
import org.marginsoftmax.train.Validation;
import org.marginsoftmax.train.ValidationFigure;
import org.tensorflow.proto.ConfigProto;

/**
 * How long to train, and on which device.
 *
 * @param epochs 1..1000000
 * @param steps stop after this many steps at the latest; null for all steps of the epochs
 * @param batchSize N, at least 2
 * @param seed of the initial weights, the order of the samples and all random draws
 * @param threads for TensorFlow
 * @param device auto, cpu or gpu:N
 * @param strict whether to refuse to train if the check has warnings
 * @param alarmAfter number of steps without learning after which the start of a run is reported as
 *     dead, at least 1
 * @param bestBy figure of the validation samples that chooses the best checkpoint: accuracy, loss,
 *     silhouette, tar_at_far_1e-2, tar_at_far_1e-3, tar_at_far_1e-4, equal_error_rate, recall_at_1
 *     or map_at_r
 * @param patience number of epochs without a better figure after which training stops, at least 1;
 *     null to train to the end
 * @param accumulate number of batches per step, whose gradients are accumulated, at least 1
 * @param init folder of a trained run to start from, with its backbone and the centers of the
 *     classes of the same names; null to start anew
 * @param shards number of blocks of classes that the centers are divided into, at least 1; null for
 *     as many as suit the processor's cache
 * @param partialFc share of the classes that a step has, above 0, up to 1; null for all
 * @param lazyStates what momentum and weight decay do to a class while no step has it: keep or
 *     catch-up
 * @param precision of the products of backbone and head while training: float32 or bfloat16
 * @param cluster file that names the processes to train in; null for this one alone
 */
public record LoopConfig(
    int epochs,
    Long steps,
    int batchSize,
    long seed,
    int threads,
    String device,
    boolean strict,
    long alarmAfter,
    String bestBy,
    Integer patience,
    Integer accumulate,
    String init,
    Integer shards,
    Double partialFc,
    String lazyStates,
    String precision,
    String cluster) {
  /** What {@code lazyStates} can be. */
  static final List<String> LAZY_STATES = List.of("keep", "catch-up");

  /** What {@code cluster} can be to have none, where a run that is resumed has one. */
  private static final String NO_CLUSTER = "none";

  private static final int USUAL_BATCH = 128;

  /**
   * Runs of older versions, which say nothing, choose by accuracy, step with every batch and all
   * classes, and compute in float32.
   *
   * @throws InvalidInputException if a value is out of range
   */
  public LoopConfig {
    accumulate = accumulate == null ? 1 : accumulate;
    partialFc = partialFc == null ? 1.0 : partialFc;
    lazyStates = lazyStates == null ? LAZY_STATES.get(0) : lazyStates;
    cluster = NO_CLUSTER.equals(cluster) ? null : cluster;
    bestBy = bestBy == null ? ValidationFigure.ACCURACY.name() : bestBy;
    precision =
        precision == null
            ? Precision.FLOAT32.id()
            : AllowedValues.of("precision", precision, Precision.ids());
    AllowedValues.require(
        epochs >= 1 && epochs <= 1_000_000, "epochs", "1..1000000", epochs, "say 3");
    AllowedValues.require(steps == null || steps >= 1, "steps", "at least 1", steps, "say 100");
    AllowedValues.require(
        batchSize >= 2, "batch size", "at least 2", batchSize, "say " + USUAL_BATCH);
    AllowedValues.require(alarmAfter >= 1, "alarm after", "at least 1", alarmAfter, "say 500");
    AllowedValues.of("best by", bestBy, BestBy.names());
    AllowedValues.require(
        patience == null || patience >= 1, "patience", "at least 1 epoch", patience, "say 5");
    AllowedValues.require(
        accumulate >= 1, "accumulate", "at least 1 batch per step", accumulate, "say 4");
    AllowedValues.require(
        shards == null || shards >= 1, "shards", "at least 1", shards, "leave it out");
    AllowedValues.of("lazy states", lazyStates, LAZY_STATES);
    sampling(partialFc, lazyStates);
    Device.parse(device);
    Device.requireThreads(threads);
  }

  private static PartialFc sampling(double rate, String lazyStates) {
    return new PartialFc(
        rate,
        lazyStates.equals(LAZY_STATES.get(0))
            ? PartialFc.LazyStates.KEEP
            : PartialFc.LazyStates.CATCH_UP);
  }

  /** The default: three epochs in batches of 128 on all cores. */
  public static LoopConfig usual() {
    return new LoopConfig(
        3,
        null,
        USUAL_BATCH,
        1,
        Runtime.getRuntime().availableProcessors(),
        "auto",
        false,
        500,
        ValidationFigure.ACCURACY.name(),
        null,
        1,
        null,
        null,
        1.0,
        LAZY_STATES.get(0),
        Precision.FLOAT32.id(),
        null);
  }

  /** The number of other processes that have the classes; 0 if this one has them. */
  int workers() {
    return cluster == null ? 0 : Cluster.read(Path.of(cluster)).workers().size();
  }

  /**
   * The network with its centers in as many blocks as asked for, or as suit, with steps that have
   * as many of the classes as asked for, and in the precision asked for.
   */
  Network asTrained(Network network) {
    PartialFc sampling = sampling(partialFc, lazyStates);
    return network
        .withPartialFc(sampling)
        .withShards(
            shards == null
                ? Centers.usualBlocks(
                    sampling.size(network.classes()),
                    network.head().subcenters(),
                    network.dimension(),
                    Math.max(1, workers()))
                : shards)
        .withPrecision(ProcessorUnits.precision(precision, device));
  }

  /**
   * The batch size for a number of samples: if there are fewer than the default size, the default
   * is lowered to all of them.
   */
  int batchSizeFor(int samples) {
    return batchSize == USUAL_BATCH && samples >= 2 ? Math.min(batchSize, samples) : batchSize;
  }

  /** Whether the batch size is other than the default. */
  boolean batchSizeIsGiven() {
    return batchSize != USUAL_BATCH;
  }

  /** The session that trains and scores. */
  ConfigProto session() {
    return Device.parse(device).session(threads);
  }

  /** A session on the CPU, whatever the device. */
  ConfigProto cpuSession() {
    return Device.parse("cpu").session(threads);
  }

  /**
   * How the best checkpoint is chosen.
   *
   * @param samples held out of training; may be empty
   * @throws InvalidInputException if the samples cannot have the figure
   */
  Validation validation(Samples samples) {
    ValidationFigure figure = BestBy.named("best by", bestBy, seed);
    if (samples.size() == 0 && (patience != null || !figure.equals(ValidationFigure.ACCURACY))) {
      throw new InvalidInputException(
          "%s: expected validation samples, found none; hold some out with `validation` 0.05"
              .formatted(patience == null ? "best by" : "patience"));
    }
    BestBy.requireDefined("best by", figure, samples, seed);
    return new Validation(samples, figure, patience);
  }

  /**
   * The training plan for a number of samples an epoch.
   *
   * @throws InvalidInputException if there are fewer samples in an epoch than a batch has
   */
  TrainingPlan plan(int samples, LearningRate learningRate, Schedule margin, Schedule scale) {
    AllowedValues.require(
        batchSize <= samples,
        "batch size",
        "2.." + samples + ", the number of samples that an epoch visits",
        batchSize,
        "say `batch-size` " + Math.min(USUAL_BATCH, samples));
    AllowedValues.require(
        accumulate <= samples / batchSize,
        "accumulate",
        "1.." + samples / batchSize + ", the number of batches in an epoch",
        accumulate,
        "take fewer, or a smaller `batch-size`");
    long perEpoch = samples / ((long) batchSize * accumulate);
    long all = epochs * perEpoch;
    return new TrainingPlan(
        steps == null ? all : Math.min(steps, all),
        perEpoch,
        batchSize,
        seed,
        learningRate,
        margin,
        scale,
        accumulate);
  }
}

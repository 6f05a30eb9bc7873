package org.marginsoftmax.run;

import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.LearningRate;
import org.marginsoftmax.train.TrainingPlan;
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
 */
public record LoopConfig(
    int epochs,
    Long steps,
    int batchSize,
    long seed,
    int threads,
    String device,
    boolean strict,
    long alarmAfter) {
  private static final int USUAL_BATCH = 128;

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public LoopConfig {
    AllowedValues.require(
        epochs >= 1 && epochs <= 1_000_000, "epochs", "1..1000000", epochs, "say 3");
    AllowedValues.require(steps == null || steps >= 1, "steps", "at least 1", steps, "say 100");
    AllowedValues.require(
        batchSize >= 2, "batch size", "at least 2", batchSize, "say " + USUAL_BATCH);
    AllowedValues.require(alarmAfter >= 1, "alarm after", "at least 1", alarmAfter, "say 500");
    Device.parse(device);
    Device.requireThreads(threads);
  }

  /** The default: three epochs in batches of 128 on all cores. */
  public static LoopConfig usual() {
    return new LoopConfig(
        3, null, USUAL_BATCH, 1, Runtime.getRuntime().availableProcessors(), "auto", false, 500);
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
   * The training plan for a number of samples.
   *
   * @throws InvalidInputException if there are fewer samples than a batch has
   */
  TrainingPlan plan(int samples, LearningRate learningRate, Schedule margin, Schedule scale) {
    AllowedValues.require(
        batchSize <= samples,
        "batch size",
        "2.." + samples + ", the number of training samples",
        batchSize,
        "say `batch-size` " + Math.min(USUAL_BATCH, samples));
    long perEpoch = samples / batchSize;
    long all = epochs * perEpoch;
    return new TrainingPlan(
        steps == null ? all : Math.min(steps, all),
        perEpoch,
        batchSize,
        seed,
        learningRate,
        margin,
        scale);
  }
}

package org.marginsoftmax.train;

import org.marginsoftmax.margin.Schedule;

/**
 * The number of steps, the batch size and the schedules of a training run.
 *
 * @param steps number of steps of the whole run, at least 1
 * @param stepsPerEpoch number of steps per epoch, at least 1; the samples left over at the end of
 *     an epoch, too few for a step, are left out
 * @param batchSize N, at least 1
 * @param seed seed for the order of the samples
 * @param learningRate learning rate as a function of the step
 * @param margin share of the margin that acts, as a function of the step
 * @param scale share of the scale that acts, as a function of the step
 * @param batches number of batches per step, whose gradients are accumulated, at least 1
 */
public record TrainingPlan(
    long steps,
    long stepsPerEpoch,
    int batchSize,
    long seed,
    LearningRate learningRate,
    Schedule margin,
    Schedule scale,
    int batches) {
  /** A plan with one batch per step. */
  public TrainingPlan(
      long steps,
      long stepsPerEpoch,
      int batchSize,
      long seed,
      LearningRate learningRate,
      Schedule margin,
      Schedule scale) {
    this(steps, stepsPerEpoch, batchSize, seed, learningRate, margin, scale, 1);
  }

  /** Index of the epoch, from 0, that a step, counted from 0, belongs to. */
  public int epoch(long step) {
    return (int) (step / stepsPerEpoch);
  }

  /** Whether an epoch, or the run, is over after this number of steps. */
  public boolean endsEpoch(long steps) {
    return steps % stepsPerEpoch == 0 || steps == this.steps;
  }
}

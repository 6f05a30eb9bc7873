package org.marginsoftmax.train;

import org.marginsoftmax.margin.Schedule;

/**
 * How long and how fast to train.
 *
 * @param steps of the whole run, at least 1
 * @param stepsPerEpoch at least 1; an epoch's last incomplete batch is left out
 * @param batchSize N, at least 1
 * @param seed of the order of the samples
 * @param learningRate as a function of the step
 * @param margin how much of the margin acts
 * @param scale how much of the scale acts
 */
public record TrainingPlan(
    long steps,
    long stepsPerEpoch,
    int batchSize,
    long seed,
    LearningRate learningRate,
    Schedule margin,
    Schedule scale) {

  /** Number of the epoch, from 0, that a step belongs to. */
  public int epoch(long step) {
    return (int) (step / stepsPerEpoch);
  }

  /** Whether an epoch, or the run, is over once so many steps are taken. */
  public boolean endsEpoch(long steps) {
    return steps % stepsPerEpoch == 0 || steps == this.steps;
  }
}

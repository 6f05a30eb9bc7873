package org.marginsoftmax.train;

import org.marginsoftmax.data.Samples;

/**
 * What is measured after each epoch to choose the best checkpoint, and when it ends the training.
 *
 * @param samples held out of training; if empty, the latest checkpoint is the best
 * @param figure that chooses the best checkpoint
 * @param patience number of epochs without a better figure after which training stops, at least 1;
 *     null for never
 */
public record Validation(Samples samples, ValidationFigure figure, Integer patience) {

  /** Chooses the best checkpoint by accuracy and never stops early. */
  public static Validation byAccuracy(Samples samples) {
    return new Validation(samples, ValidationFigure.ACCURACY, null);
  }

  /** Whether a run in this state has gone on for too long without a better figure. */
  public boolean stops(TrainingState state, TrainingPlan plan) {
    return patience != null
        && state.step() - state.improvedStep() >= patience * plan.stepsPerEpoch();
  }
}

package org.marginsoftmax.train;

import com.fasterxml.jackson.annotation.JsonAlias;

/**
 * The state of a run apart from its variables. Nothing else is saved: the order of samples in an
 * epoch is a function of seed and epoch, and learning rates and margins are functions of the step.
 *
 * @param step number of steps taken
 * @param epochLoss sum of the losses of the steps of this epoch so far
 * @param epochAccuracy sum of the accuracies of the steps of this epoch so far
 * @param bestStep step of the best checkpoint; 0 if there is none yet
 * @param bestFigure validation figure of the best checkpoint; 0 without validation samples, NaN if
 *     it was never defined
 * @param improvedStep step at which the figure last became better. It may be before {@code
 *     bestStep}, since of equal checkpoints the latest is the best
 */
public record TrainingState(
    long step,
    double epochLoss,
    double epochAccuracy,
    long bestStep,
    @JsonAlias("bestAccuracy") double bestFigure,
    long improvedStep) {
  /** In a state of older versions, which is without it, the figure improved at the best step. */
  public TrainingState {
    improvedStep = improvedStep == 0 ? bestStep : improvedStep;
  }

  /** The state before the first step. */
  public static TrainingState start() {
    return new TrainingState(0, 0, 0, 0, 0, 0);
  }

  TrainingState after(StepResult result) {
    return new TrainingState(
        step + 1,
        epochLoss + result.loss(),
        epochAccuracy + result.accuracy(),
        bestStep,
        bestFigure,
        improvedStep);
  }

  /** The same state with the sums of an epoch that has not begun. */
  TrainingState beforeEpoch() {
    return new TrainingState(step, 0, 0, bestStep, bestFigure, improvedStep);
  }

  /** The state after an epoch without validation samples: the latest checkpoint is the best. */
  TrainingState afterEpoch() {
    return new TrainingState(step, epochLoss, epochAccuracy, step, 0, step);
  }

  /** The state after an epoch whose validation gave this value. */
  TrainingState afterEpoch(ValidationFigure figure, double value) {
    boolean better = bestStep == 0 || figure.better(value, bestFigure);
    boolean best = better || Double.compare(value, bestFigure) == 0;
    return new TrainingState(
        step,
        epochLoss,
        epochAccuracy,
        best ? step : bestStep,
        best ? value : bestFigure,
        better ? step : improvedStep);
  }
}

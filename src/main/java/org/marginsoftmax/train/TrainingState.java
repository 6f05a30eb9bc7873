package org.marginsoftmax.train;

/**
 * The state of a run apart from its variables. Nothing else is saved: the order of samples in an
 * epoch is a function of seed and epoch, and learning rates and margins are functions of the step.
 *
 * @param step number of steps taken
 * @param epochLoss sum of the losses of the steps of this epoch so far
 * @param epochAccuracy sum of the accuracies of the steps of this epoch so far
 * @param bestStep step of the best checkpoint; 0 if there is none yet
 * @param bestAccuracy validation accuracy of the best checkpoint; 0 without validation samples
 */
public record TrainingState(
    long step, double epochLoss, double epochAccuracy, long bestStep, double bestAccuracy) {

  /** The state before the first step. */
  public static TrainingState start() {
    return new TrainingState(0, 0, 0, 0, 0);
  }

  TrainingState after(StepResult result) {
    return new TrainingState(
        step + 1,
        epochLoss + result.loss(),
        epochAccuracy + result.accuracy(),
        bestStep,
        bestAccuracy);
  }

  /**
   * The state after the end of an epoch; without validation samples the latest checkpoint is the
   * best.
   */
  TrainingState afterEpoch(Double validationAccuracy) {
    boolean best = validationAccuracy == null || validationAccuracy >= bestAccuracy;
    double accuracy = validationAccuracy == null ? 0 : validationAccuracy;
    return new TrainingState(step, 0, 0, best ? step : bestStep, best ? accuracy : bestAccuracy);
  }
}

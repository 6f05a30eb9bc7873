package org.marginsoftmax.train;

/**
 * Where a run stands, besides its variables. The order of an epoch's samples is a function of seed
 * and epoch, rates and margins are functions of the step: nothing else is random or remembered.
 *
 * @param step steps taken
 * @param epochLoss sum of the losses of this epoch's steps so far
 * @param epochAccuracy sum of their accuracies
 * @param bestStep step of the best checkpoint, 0 for none yet
 * @param bestAccuracy its accuracy on the validation share; 0 where there is none
 */
public record TrainingState(
    long step, double epochLoss, double epochAccuracy, long bestStep, double bestAccuracy) {

  /** Before the first step. */
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

  /** An epoch is over; without a validation share the latest checkpoint is the best. */
  TrainingState afterEpoch(Double validationAccuracy) {
    boolean best = validationAccuracy == null || validationAccuracy >= bestAccuracy;
    double accuracy = validationAccuracy == null ? 0 : validationAccuracy;
    return new TrainingState(step, 0, 0, best ? step : bestStep, best ? accuracy : bestAccuracy);
  }
}

package org.marginsoftmax.train;

/** Hears how training goes; everything that is not learning is a listener. */
public interface TrainingListener extends AutoCloseable {
  /**
   * One step.
   *
   * @param step number of the step, from 1
   * @param epoch number of the epoch, from 1
   * @param seen what the step saw before it moved the variables
   * @param learningRate of the step
   * @param marginStrength of the step, 0..1
   * @param scaleShare of the step, 0..1
   */
  record Step(
      long step,
      int epoch,
      StepResult seen,
      double learningRate,
      double marginStrength,
      double scaleShare) {
    /** Mean over the batch. */
    public double loss() {
      return seen.loss();
    }

    /** Of the batch, without a margin, 0..1. */
    public double accuracy() {
      return seen.accuracy();
    }
  }

  /**
   * The end of an epoch.
   *
   * @param step last step of the epoch
   * @param epoch number of the epoch, from 1
   * @param loss mean over the epoch
   * @param accuracy mean over the epoch, without a margin, 0..1
   * @param validationAccuracy by cosine to the centers, 0..1; null without a validation share
   */
  record Epoch(long step, int epoch, double loss, double accuracy, Double validationAccuracy) {}

  /** Called after each step. */
  void step(Step step);

  /** Called after each epoch, before its checkpoint is written. */
  void epoch(Epoch epoch);

  @Override
  void close();
}

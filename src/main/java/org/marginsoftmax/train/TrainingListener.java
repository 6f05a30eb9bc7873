package org.marginsoftmax.train;

import java.util.Map;

/** Receives the progress of training. Logging, alarms and progress displays are listeners. */
public interface TrainingListener extends AutoCloseable {
  /**
   * A step of training.
   *
   * @param step number of the step, from 1
   * @param epoch number of the epoch, from 1
   * @param seen metrics of the step, computed before it updates the variables
   * @param learningRate learning rate of the step
   * @param marginStrength share of the margin that acts, 0..1
   * @param scaleShare share of the scale that acts, above 0, up to 1
   */
  record Step(
      long step,
      int epoch,
      StepResult seen,
      double learningRate,
      double marginStrength,
      double scaleShare) {
    /** The mean loss over the batch. */
    public double loss() {
      return seen.loss();
    }

    /** The accuracy on the batch without a margin, 0..1. */
    public double accuracy() {
      return seen.accuracy();
    }
  }

  /**
   * The end of an epoch.
   *
   * @param step last step of the epoch
   * @param epoch number of the epoch, from 1
   * @param loss mean loss over the epoch
   * @param accuracy mean accuracy over the epoch without a margin, 0..1
   * @param validation figures of the validation samples by name: {@code accuracy}, by cosine to the
   *     centers, and the one that chooses the best checkpoint; empty if there are no such samples
   * @param angles of the validation samples to the centers; null if there are no such samples
   * @param waitedShare share of the time of its steps, 0..1, that was spent waiting for batches; of
   *     the steps since training was resumed, if that was in mid-epoch
   */
  record Epoch(
      long step,
      int epoch,
      double loss,
      double accuracy,
      Map<String, Double> validation,
      ValidationAngles angles,
      double waitedShare) {}

  /** Called after each step. */
  void step(Step step);

  /** Called after each epoch, before its checkpoint is written. */
  void epoch(Epoch epoch);

  @Override
  void close();
}

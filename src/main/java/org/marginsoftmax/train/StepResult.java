package org.marginsoftmax.train;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The metrics of a training step, computed before it updates the variables.
 *
 * @param loss mean loss over the batch
 * @param accuracy share of the batch classified correctly without a margin, 0..1
 * @param targetAngle mean angle to the nearest center of the label, degrees
 * @param featureNorm mean norm of the features
 * @param centerNorm mean norm of the centers of the labels (the first center of each, if a class
 *     has several)
 * @param spread mean squared distance of the unit features of the batch from their mean: 0 if all
 *     point in one direction, 1 if they cancel out; NaN if it was not recorded
 */
public record StepResult(
    double loss,
    double accuracy,
    double targetAngle,
    double featureNorm,
    double centerNorm,
    double spread) {

  /** The means of several results. */
  static StepResult mean(List<StepResult> results) {
    return results.size() == 1
        ? results.get(0)
        : new StepResult(
            mean(results, StepResult::loss),
            mean(results, StepResult::accuracy),
            mean(results, StepResult::targetAngle),
            mean(results, StepResult::featureNorm),
            mean(results, StepResult::centerNorm),
            mean(results, StepResult::spread));
  }

  private static double mean(List<StepResult> results, ToDoubleFunction<StepResult> figure) {
    return results.stream().mapToDouble(figure).average().orElseThrow();
  }
}

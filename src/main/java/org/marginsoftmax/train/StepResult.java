package org.marginsoftmax.train;

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
    double spread) {}

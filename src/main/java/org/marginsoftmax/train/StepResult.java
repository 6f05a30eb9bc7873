package org.marginsoftmax.train;

/**
 * What a step saw before it moved the variables.
 *
 * @param loss mean over the batch
 * @param accuracy share of the batch whose class wins without a margin
 * @param targetAngle mean angle to the center of the label, degrees
 * @param featureNorm mean norm of the features
 * @param centerNorm mean norm of the labels' centers
 * @param spread mean squared distance of the unit features of the batch from their mean: 0 where
 *     all point one way, 1 where they cancel; NaN where it was not kept
 */
public record StepResult(
    double loss,
    double accuracy,
    double targetAngle,
    double featureNorm,
    double centerNorm,
    double spread) {}

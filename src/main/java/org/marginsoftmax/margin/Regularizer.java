package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;

/**
 * What a margin adds to the loss of each sample, a function of the feature's norm.
 *
 * @param value of each sample, float64 [N]
 * @param slopeInNorm its derivative in the feature's norm, float64 [N]
 */
public record Regularizer(Operand<TFloat64> value, Operand<TFloat64> slopeInNorm) {}

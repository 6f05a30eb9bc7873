package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;

/**
 * The term that a margin adds to the loss of each sample, a function of the feature norm.
 *
 * @param value value for each sample, float64 [N]
 * @param slopeInNorm its derivative with respect to the feature norm, float64 [N]
 */
public record Regularizer(Operand<TFloat64> value, Operand<TFloat64> slopeInNorm) {}

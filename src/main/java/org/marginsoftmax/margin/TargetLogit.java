package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;

/**
 * The label's logit before scaling, and its slope.
 *
 * @param value t(theta), float64 [N]
 * @param slope dt/dtheta, float64 [N]
 */
public record TargetLogit(Operand<TFloat64> value, Operand<TFloat64> slope) {}

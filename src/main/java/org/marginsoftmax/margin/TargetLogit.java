package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;

/**
 * The label's logit before scaling, and its slopes.
 *
 * @param value t(theta), float64 [N]
 * @param slope dt/dtheta, float64 [N]
 * @param slopeInNorm dt/dnorm(x), float64 [N], where the margin depends on the feature's norm; else
 *     null
 */
public record TargetLogit(
    Operand<TFloat64> value, Operand<TFloat64> slope, Operand<TFloat64> slopeInNorm) {
  /** One that does not depend on the feature's norm. */
  public TargetLogit(Operand<TFloat64> value, Operand<TFloat64> slope) {
    this(value, slope, null);
  }
}

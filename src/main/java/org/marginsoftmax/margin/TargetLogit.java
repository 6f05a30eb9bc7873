package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;

/**
 * The logit of the label before scaling, and its slopes.
 *
 * @param value t(theta), float64 [N]
 * @param slope dt/dtheta, float64 [N]
 * @param slopeInNorm dt/dnorm(x), float64 [N]; null where the margin does not depend on the feature
 *     norm
 */
public record TargetLogit(
    Operand<TFloat64> value, Operand<TFloat64> slope, Operand<TFloat64> slopeInNorm) {
  /** A target logit that does not depend on the feature norm. */
  public TargetLogit(Operand<TFloat64> value, Operand<TFloat64> slope) {
    this(value, slope, null);
  }
}

package org.marginsoftmax.margin;

import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;

/**
 * MagFace (Meng 2021, arXiv:2103.06627): an angular margin that grows with the norm of the feature,
 * so that the norm learns to reflect the quality of a sample. With a the norm clamped to the given
 * range, t = cos(theta + m(a)) with m(a) linear in a (section 3.2 and appendix); the term lambda
 * g(a) with g(a) = a / upperNorm^2 + 1 / a is added to the loss. Gradients flow through m and g to
 * the norm.
 *
 * @param lowerNorm smallest a, above 0; 10 in the paper
 * @param upperNorm largest a; 110 in the paper
 * @param lowerMargin m(lowerNorm), radians; 0.45 in the paper
 * @param upperMargin m(upperNorm), radians, below pi; 0.8 in the paper
 * @param lambda weight of the regulariser, 0..1000; 35 in the paper, 20 in the authors' code
 * @param guard the target logit where theta + m exceeds pi
 */
public record MagnitudeMargin(
    double lowerNorm,
    double upperNorm,
    double lowerMargin,
    double upperMargin,
    double lambda,
    Guard guard)
    implements Margin {
  /**
   * @throws InvalidInputException if a value is out of range
   */
  public MagnitudeMargin {
    TargetLogits.require(lowerNorm > 0, "a lower norm above 0", lowerNorm);
    TargetLogits.require(
        upperNorm > lowerNorm && upperNorm <= 1e6, "an upper norm above the lower", upperNorm);
    TargetLogits.require(lowerMargin >= 0, "a lower margin of at least 0", lowerMargin);
    TargetLogits.require(
        upperMargin >= lowerMargin && upperMargin < Math.PI,
        "an upper margin from the lower up to below pi",
        upperMargin);
    TargetLogits.require(lambda >= 0 && lambda <= 1000, "a regulariser in 0..1000", lambda);
  }

  /** The margin of the paper: norms 10 to 110, margins 0.45 to 0.8 rad. */
  public static MagnitudeMargin paper(double lambda, Guard guard) {
    return new MagnitudeMargin(10, 110, 0.45, 0.8, lambda, guard);
  }

  @Override
  public TargetLogit target(Ops tf, MarginInput in) {
    double perNorm = (upperMargin - lowerMargin) / (upperNorm - lowerNorm);
    Operand<TFloat64> a = clamped(tf, in);
    Operand<TFloat64> m =
        tf.math.add(
            tf.constant(lowerMargin),
            tf.math.mul(tf.constant(perNorm), tf.math.sub(a, tf.constant(lowerNorm))));
    AngularShift shift = AngularShift.of(tf, in.angle(), tf.math.mul(in.strength(), m), guard);
    Operand<TFloat64> slopeInNorm =
        tf.math.mul(shift.slopeInMargin(), tf.math.mul(in.strength(), tf.constant(perNorm)));
    return new TargetLogit(
        shift.value(),
        shift.slope(),
        tf.select(inside(tf, in), slopeInNorm, tf.zerosLike(in.norm())));
  }

  @Override
  public boolean readsNorm() {
    return true;
  }

  /** lambda g(a); its derivative is 0 where the norm is clamped. */
  @Override
  public Optional<Regularizer> regularizer(Ops tf, MarginInput in) {
    Operand<TFloat64> a = clamped(tf, in);
    Operand<TFloat64> weight = tf.constant(lambda);
    Operand<TFloat64> perSquare = tf.constant(1 / (upperNorm * upperNorm));
    Operand<TFloat64> inverse = tf.math.reciprocal(a);
    Operand<TFloat64> slope = tf.math.sub(perSquare, tf.math.square(inverse));
    return Optional.of(
        new Regularizer(
            tf.math.mul(weight, tf.math.add(tf.math.mul(a, perSquare), inverse)),
            tf.select(inside(tf, in), tf.math.mul(weight, slope), tf.zerosLike(in.norm()))));
  }

  private Operand<TFloat64> clamped(Ops tf, MarginInput in) {
    return tf.math.minimum(
        tf.constant(upperNorm), tf.math.maximum(tf.constant(lowerNorm), in.norm()));
  }

  private Operand<TBool> inside(Ops tf, MarginInput in) {
    return tf.math.logicalAnd(
        tf.math.greaterEqual(in.norm(), tf.constant(lowerNorm)),
        tf.math.lessEqual(in.norm(), tf.constant(upperNorm)));
  }
}

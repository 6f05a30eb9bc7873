package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;

/**
 * cos(theta + m) under a guard, with its slopes.
 *
 * @param value t, [N]
 * @param slope dt/dtheta, [N]
 * @param slopeInMargin dt/dm, [N]
 */
record AngularShift(
    Operand<TFloat64> value, Operand<TFloat64> slope, Operand<TFloat64> slopeInMargin) {

  /**
   * @param theta angles, [N]
   * @param m radians, [] or [N]
   */
  static AngularShift of(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> m, Guard guard) {
    TargetLogit cosine = TargetLogits.cosine(tf, tf.math.add(theta, m));
    AngularShift shifted = new AngularShift(cosine.value(), cosine.slope(), cosine.slope());
    if (guard == Guard.NONE) {
      return shifted;
    }
    TargetLogit plain = TargetLogits.cosine(tf, theta);
    Operand<TFloat64> none = tf.zerosLike(theta);
    Operand<TBool> past = tf.math.greater(theta, tf.math.sub(tf.constant(Math.PI), m));
    return switch (guard) {
      case REFLECT ->
          where(
              tf,
              past,
              new AngularShift(
                  tf.math.sub(tf.constant(-2.0), shifted.value),
                  tf.math.neg(shifted.slope),
                  tf.math.neg(shifted.slopeInMargin)),
              shifted);
      case CLASSIC -> {
        Operand<TFloat64> drop = tf.math.mul(m, tf.math.sin(m));
        Operand<TFloat64> dropSlope = tf.math.add(tf.math.sin(m), tf.math.mul(m, tf.math.cos(m)));
        yield where(
            tf,
            past,
            new AngularShift(
                tf.math.sub(plain.value(), drop), plain.slope(), tf.math.sub(none, dropSlope)),
            shifted);
      }
      case EASY ->
          where(
              tf,
              tf.math.less(theta, tf.constant(Math.PI / 2)),
              shifted,
              new AngularShift(plain.value(), plain.slope(), none));
      case NONE -> shifted;
    };
  }

  private static AngularShift where(
      Ops tf, Operand<TBool> condition, AngularShift yes, AngularShift no) {
    return new AngularShift(
        tf.select(condition, yes.value, no.value),
        tf.select(condition, yes.slope, no.slope),
        tf.select(condition, yes.slopeInMargin, no.slopeInMargin));
  }
}

package org.marginsoftmax.margin;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * What a margin does to the angle theta between a feature and the centre of its label: the target
 * logit t(theta), in place of cos(theta).
 *
 * <p>Angles are in radians, float64 [N], 0..pi. The strength is a float64 scalar in 0..1 by which a
 * margin is warmed up: at 0 it does nothing, t = cos(theta); at 1 it has its full value.
 */
public sealed interface Margin
    permits Margin.None, Margin.Cosine, Margin.Angular, Margin.Multiplicative, Margin.Combined {

  /**
   * The target logit of each angle and its slope.
   *
   * @param theta angles in radians, float64 [N]
   * @param strength how much of the margin acts, float64 scalar in 0..1
   */
  TargetLogit target(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> strength);

  /** t = cos(theta): NormFace (Wang 2017, arXiv:1704.06369) and modified softmax (Liu 2017). */
  record None() implements Margin {
    @Override
    public TargetLogit target(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> strength) {
      return TargetLogits.cosine(tf, theta);
    }
  }

  /**
   * t = cos(theta) - m: CosFace (Wang 2018, arXiv:1801.09414, eq. 4).
   *
   * @param margin m, a cosine, 0..2
   */
  record Cosine(double margin) implements Margin {
    public Cosine {
      TargetLogits.require(margin >= 0 && margin <= 2, "a cosine margin in 0..2", margin);
    }

    @Override
    public TargetLogit target(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> strength) {
      TargetLogit plain = TargetLogits.cosine(tf, theta);
      Operand<TFloat64> m = tf.math.mul(strength, tf.constant(margin));
      return new TargetLogit(tf.math.sub(plain.value(), m), plain.slope());
    }
  }

  /**
   * t = cos(theta + m): ArcFace (Deng 2018, arXiv:1801.07698, eq. 3).
   *
   * @param margin m, radians, 0 up to below pi
   * @param guard what holds where theta + m passes pi
   */
  record Angular(double margin, Guard guard) implements Margin {
    public Angular {
      TargetLogits.require(
          margin >= 0 && margin < Math.PI,
          "an angular margin in radians, 0 up to below pi",
          margin);
    }

    @Override
    public TargetLogit target(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> strength) {
      Operand<TFloat64> m = tf.math.mul(strength, tf.constant(margin));
      TargetLogit shifted = TargetLogits.cosine(tf, tf.math.add(theta, m));
      if (guard == Guard.NONE) {
        return shifted;
      }
      TargetLogit plain = TargetLogits.cosine(tf, theta);
      Operand<TFloat64> pi = tf.constant(Math.PI);
      return switch (guard) {
        case REFLECT ->
            TargetLogits.where(
                tf,
                tf.math.greater(theta, tf.math.sub(pi, m)),
                new TargetLogit(
                    tf.math.sub(tf.constant(-2.0), shifted.value()), tf.math.neg(shifted.slope())),
                shifted);
        case CLASSIC ->
            TargetLogits.where(
                tf,
                tf.math.greater(theta, tf.math.sub(pi, m)),
                new TargetLogit(
                    tf.math.sub(plain.value(), tf.math.mul(m, tf.math.sin(m))), plain.slope()),
                shifted);
        case EASY ->
            TargetLogits.where(tf, tf.math.less(theta, tf.constant(Math.PI / 2)), shifted, plain);
        case NONE -> shifted;
      };
    }
  }

  /**
   * psi(theta) = (-1)^k cos(m theta) - 2k with k = floor(m theta / pi): SphereFace (Liu 2017,
   * arXiv:1704.08063, eq. 7). Warmed up as the paper anneals it, (lambda cos(theta) + psi) / (1 +
   * lambda), with strength = 1 / (1 + lambda).
   *
   * @param margin m, a whole number, 1..10
   */
  record Multiplicative(int margin) implements Margin {
    public Multiplicative {
      TargetLogits.require(
          margin >= 1 && margin <= 10, "a multiplicative margin, whole, in 1..10", margin);
    }

    @Override
    public TargetLogit target(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> strength) {
      Operand<TFloat64> one = tf.constant(1.0);
      Operand<TFloat64> two = tf.constant(2.0);
      Operand<TFloat64> m = tf.constant((double) margin);
      TargetLogit multiple = TargetLogits.cosine(tf, tf.math.mul(m, theta));
      // theta = pi would open a branch of its own: k = m. It belongs to the last one.
      Operand<TFloat64> k =
          tf.math.minimum(
              tf.math.floor(tf.math.mul(theta, tf.constant(margin / Math.PI))),
              tf.math.sub(m, one));
      Operand<TFloat64> sign = tf.math.sub(one, tf.math.mul(two, tf.math.floorMod(k, two)));
      TargetLogit psi =
          new TargetLogit(
              tf.math.sub(tf.math.mul(sign, multiple.value()), tf.math.mul(two, k)),
              tf.math.mul(tf.math.mul(sign, m), multiple.slope()));
      return TargetLogits.blend(tf, strength, psi, TargetLogits.cosine(tf, theta));
    }
  }

  /**
   * t = cos(m1 theta + m2) - m3: the combined margin (Deng 2018, arXiv:1801.07698, eq. 4), without
   * a guard: where m1 theta + m2 passes pi the target rises again.
   *
   * @param multiplicative m1, above 0, up to 10; 1 does nothing
   * @param angular m2, radians, 0 up to below pi; 0 does nothing
   * @param cosine m3, 0..2; 0 does nothing
   */
  record Combined(double multiplicative, double angular, double cosine) implements Margin {
    public Combined {
      TargetLogits.require(
          multiplicative > 0 && multiplicative <= 10,
          "a multiplicative margin m1 above 0, up to 10",
          multiplicative);
      TargetLogits.require(
          angular >= 0 && angular < Math.PI,
          "an angular margin m2 in radians, 0 up to below pi",
          angular);
      TargetLogits.require(cosine >= 0 && cosine <= 2, "a cosine margin m3 in 0..2", cosine);
    }

    @Override
    public TargetLogit target(Ops tf, Operand<TFloat64> theta, Operand<TFloat64> strength) {
      Operand<TFloat64> one = tf.constant(1.0);
      Operand<TFloat64> m1 =
          tf.math.add(one, tf.math.mul(strength, tf.constant(multiplicative - 1)));
      Operand<TFloat64> m2 = tf.math.mul(strength, tf.constant(angular));
      Operand<TFloat64> m3 = tf.math.mul(strength, tf.constant(cosine));
      TargetLogit shifted = TargetLogits.cosine(tf, tf.math.add(tf.math.mul(m1, theta), m2));
      return new TargetLogit(tf.math.sub(shifted.value(), m3), tf.math.mul(m1, shifted.slope()));
    }
  }
}

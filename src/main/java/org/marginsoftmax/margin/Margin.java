package org.marginsoftmax.margin;

import java.util.Map;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * A margin: it replaces cos(theta), where theta is the angle between a feature and the center of
 * its label, by a target logit t(theta).
 *
 * <p>Angles are in radians, float64 [N], 0..pi. The strength is a float64 scalar in 0..1 used to
 * warm a margin up: at 0 it has no effect, t = cos(theta); at 1 it acts in full.
 *
 * <p>To write your own, implement {@link #target}, with both the value and its slope. The default
 * methods suit a margin of a fixed size.
 */
public interface Margin {

  /** The target logit of each sample and its slopes. */
  TargetLogit target(Ops tf, MarginInput in);

  /** State that the margin carries from step to step: names and initial values. */
  default Map<String, Double> state() {
    return Map.of();
  }

  /**
   * The state at this step, computed from the batch and from the state at the previous step, {@code
   * in.state()}.
   */
  default Map<String, Operand<TFloat64>> next(Ops tf, MarginInput in) {
    return Map.of();
  }

  /** Whether the margin needs {@link MarginInput#draws()}. */
  default boolean draws() {
    return false;
  }

  /** Whether the margin has a strength that a warm-up can increase. */
  default boolean warms() {
    return true;
  }

  /**
   * Whether the margin is annealed by default ({@link Schedule.Annealing}) instead of warmed up.
   */
  default boolean annealed() {
    return false;
  }

  /**
   * Whether the backward pass may use the slope of cos(theta) in place of that of t, as a detached
   * gradient does; false where t is not a cosine.
   */
  default boolean detachable() {
    return true;
  }

  /**
   * Whether the margin reads {@link MarginInput#norm()}; the logits must then use unit features.
   */
  default boolean readsNorm() {
    return false;
  }

  /**
   * Whether the common scales of 30 to 64 suit this margin; true for a target that is linear in a
   * cosine, false for a product of two cosines.
   */
  default boolean takesUsualScales() {
    return true;
  }

  /**
   * The angle, in radians, that two class centers must be apart for the margin to be attainable; 0
   * where no such bound is known. For a margin on the cosine, cos(theta) - m, the cosine between
   * centers must be at most 1 - m (Wang 2018, arXiv:1801.09414, section 3.4).
   */
  default double separation() {
    return 0;
  }

  /** The term that the margin adds to the loss of each sample, if any. */
  default Optional<Regularizer> regularizer(Ops tf, MarginInput in) {
    return Optional.empty();
  }

  /** t = cos(theta): NormFace (Wang 2017, arXiv:1704.06369) and modified softmax (Liu 2017). */
  record None() implements Margin {
    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      return TargetLogits.cosine(tf, in.angle());
    }

    @Override
    public boolean warms() {
      return false;
    }
  }

  /**
   * t = cos(theta) - m: CosFace (Wang 2018, arXiv:1801.09414, eq. 4).
   *
   * @param size m, in units of the cosine, 0..2
   */
  record Cosine(MarginSize size) implements Margin {
    /**
     * @throws InvalidInputException if m is out of range
     */
    public Cosine {
      size.range().requireUpTo(2, "a cosine margin in 0..2");
    }

    /** The same m for every sample. */
    public Cosine(double margin) {
      this(new MarginSize.Fixed(margin));
    }

    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      TargetLogit plain = TargetLogits.cosine(tf, in.angle());
      Operand<TFloat64> m = tf.math.mul(in.strength(), size.of(tf, in));
      return new TargetLogit(tf.math.sub(plain.value(), m), plain.slope());
    }

    @Override
    public boolean draws() {
      return size.draws();
    }

    @Override
    public double separation() {
      return Math.acos(1 - size.range().largest());
    }
  }

  /**
   * t = cos(theta + m): ArcFace (Deng 2018, arXiv:1801.07698, eq. 3).
   *
   * @param size m, radians, 0 up to below pi
   * @param guard the target logit where theta + m exceeds pi
   */
  record Angular(MarginSize size, Guard guard) implements Margin {
    /**
     * @throws InvalidInputException if m is out of range
     */
    public Angular {
      size.range()
          .requireUpTo(Math.nextDown(Math.PI), "an angular margin in radians, 0 up to below pi");
    }

    /** The same m for every sample. */
    public Angular(double margin, Guard guard) {
      this(new MarginSize.Fixed(margin), guard);
    }

    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      Operand<TFloat64> m = tf.math.mul(in.strength(), size.of(tf, in));
      AngularShift shift = AngularShift.of(tf, in.angle(), m, guard);
      return new TargetLogit(shift.value(), shift.slope());
    }

    @Override
    public boolean draws() {
      return size.draws();
    }

    @Override
    public double separation() {
      return size.range().largest();
    }
  }

  /**
   * psi(theta) = (-1)^k cos(m theta) - 2k with k = floor(m theta / pi): SphereFace (Liu 2017,
   * arXiv:1704.08063, eq. 7) and L-Softmax (Liu 2016, arXiv:1612.02295, eq. 6). The strength acts
   * as the papers' annealing does: t = (lambda cos(theta) + psi) / (1 + lambda) with strength = 1 /
   * (1 + lambda).
   *
   * @param margin m, a whole number, 1..10
   */
  record Multiplicative(int margin) implements Margin {
    /**
     * @throws InvalidInputException if m is out of range
     */
    public Multiplicative {
      TargetLogits.require(
          margin >= 1 && margin <= 10, "a multiplicative margin, whole, in 1..10", margin);
    }

    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      Operand<TFloat64> theta = in.angle();
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
      return TargetLogits.blend(tf, in.strength(), psi, TargetLogits.cosine(tf, theta));
    }

    @Override
    public boolean annealed() {
      return true;
    }
  }

  /**
   * t = cos(m1 theta + m2) - m3: the combined margin (Deng 2018, arXiv:1801.07698, eq. 4), without
   * a guard: where m1 theta + m2 exceeds pi, the target rises again.
   *
   * @param multiplicative m1, above 0, up to 10; 1 has no effect
   * @param angular m2, radians, 0 up to below pi; 0 has no effect
   * @param cosine m3, 0..2; 0 has no effect
   */
  record Combined(double multiplicative, double angular, double cosine) implements Margin {
    /**
     * @throws InvalidInputException if one of the three is out of range
     */
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
    public TargetLogit target(Ops tf, MarginInput in) {
      Operand<TFloat64> one = tf.constant(1.0);
      Operand<TFloat64> m1 =
          tf.math.add(one, tf.math.mul(in.strength(), tf.constant(multiplicative - 1)));
      Operand<TFloat64> m2 = tf.math.mul(in.strength(), tf.constant(angular));
      Operand<TFloat64> m3 = tf.math.mul(in.strength(), tf.constant(cosine));
      TargetLogit shifted = TargetLogits.cosine(tf, tf.math.add(tf.math.mul(m1, in.angle()), m2));
      return new TargetLogit(tf.math.sub(shifted.value(), m3), tf.math.mul(m1, shifted.slope()));
    }
  }

  /**
   * t = (pi - 2 (theta + m)) / pi: the linear angle of AirFace (Li 2019, arXiv:1907.12256, section
   * 3, where it is called Li-ArcFace). It decreases everywhere and needs no guard.
   *
   * @param size m, radians, 0 up to below pi
   */
  record Linear(MarginSize size) implements Margin {
    /**
     * @throws InvalidInputException if m is out of range
     */
    public Linear {
      size.range()
          .requireUpTo(Math.nextDown(Math.PI), "an angular margin in radians, 0 up to below pi");
    }

    /** The same m for every sample. */
    public Linear(double margin) {
      this(new MarginSize.Fixed(margin));
    }

    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      Operand<TFloat64> m = tf.math.mul(in.strength(), size.of(tf, in));
      Operand<TFloat64> perRadian = tf.constant(-2 / Math.PI);
      return new TargetLogit(
          tf.math.add(tf.constant(1.0), tf.math.mul(perRadian, tf.math.add(in.angle(), m))),
          tf.math.mul(perRadian, tf.onesLike(in.angle())));
    }

    @Override
    public boolean draws() {
      return size.draws();
    }

    @Override
    public boolean detachable() {
      return false;
    }

    @Override
    public double separation() {
      return size.range().largest();
    }
  }

  /**
   * t = [1 + m - c]+ (c - (1 - m)), where c = cos(theta) and the weight [1 + m - c]+ has no
   * gradient: the positive side of Circle loss (Sun 2020, arXiv:2002.10857, section 3, with O_p = 1
   * + m and Delta_p = 1 - m). The weight takes the place of a warm-up.
   *
   * @param relaxation m, 0..1
   */
  record Relaxed(double relaxation) implements Margin {
    /**
     * @throws InvalidInputException if m is out of range
     */
    public Relaxed {
      TargetLogits.require(
          relaxation >= 0 && relaxation <= 1, "a relaxation in 0..1 for circle", relaxation);
    }

    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      TargetLogit plain = TargetLogits.cosine(tf, in.angle());
      Operand<TFloat64> weight =
          tf.math.maximum(
              tf.constant(0.0), tf.math.sub(tf.constant(1 + relaxation), plain.value()));
      return new TargetLogit(
          tf.math.mul(weight, tf.math.sub(plain.value(), tf.constant(1 - relaxation))),
          tf.math.mul(weight, plain.slope()));
    }

    @Override
    public boolean warms() {
      return false;
    }

    @Override
    public boolean detachable() {
      return false;
    }

    @Override
    public boolean takesUsualScales() {
      return false;
    }
  }
}

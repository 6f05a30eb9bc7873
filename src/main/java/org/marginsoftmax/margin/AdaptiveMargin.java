package org.marginsoftmax.margin;

import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;

/**
 * AdaFace (Kim 2022, arXiv:2204.00964): emphasises hard samples where the feature norm indicates a
 * good image, and easy samples where it indicates a poor one. With a the norm, clamped to 1e-3..100
 * and treated as constant in the gradient, z = clip((a - mean) / (deviation + 1e-3) h, -1, 1), t =
 * cos(theta - m z) - (m + m z) (section 3.3); the shifted angle is clipped to 1e-3..pi - 1e-3 as in
 * the authors' code.
 *
 * <p>The mean and the (unbiased) standard deviation are running statistics of the norms: they start
 * at 20 and 100, and each batch updates them before it uses them.
 *
 * @param margin m, 0..1; 0.4 in the paper
 * @param concentration h, above 0, up to 10; 0.333 in the paper
 * @param momentum weight of the old running statistics at each step, 0 up to below 1; 0.99 in the
 *     paper
 */
public record AdaptiveMargin(double margin, double concentration, double momentum)
    implements Margin {
  private static final String MEAN = "norm_mean";
  private static final String DEVIATION = "norm_deviation";
  private static final double EPSILON = 1e-3;
  private static final double LARGEST_NORM = 100;

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public AdaptiveMargin {
    TargetLogits.require(margin >= 0 && margin <= 1, "an adaptive margin in 0..1", margin);
    TargetLogits.require(
        concentration > 0 && concentration <= 10,
        "a concentration h above 0, up to 10",
        concentration);
    TargetLogits.require(
        momentum >= 0 && momentum < 1, "a momentum of the state, 0 up to below 1", momentum);
  }

  /** AdaFace with concentration 0.333 and momentum 0.99. */
  public AdaptiveMargin(double margin) {
    this(margin, 0.333, 0.99);
  }

  @Override
  public boolean readsNorm() {
    return true;
  }

  @Override
  public Map<String, Double> state() {
    Map<String, Double> state = new LinkedHashMap<>();
    state.put(MEAN, 20.0);
    state.put(DEVIATION, 100.0);
    return state;
  }

  @Override
  public Map<String, Operand<TFloat64>> next(Ops tf, MarginInput in) {
    Operand<TFloat64> a = clamped(tf, in);
    Operand<TFloat64> mean = tf.math.mean(a, tf.constant(0));
    Operand<TFloat64> n = tf.dtypes.cast(tf.size(a), TFloat64.class);
    Operand<TFloat64> squares = tf.reduceSum(tf.math.square(tf.math.sub(a, mean)), tf.constant(0));
    Operand<TFloat64> one = tf.constant(1.0);
    Operand<TFloat64> deviation =
        tf.math.sqrt(tf.math.div(squares, tf.math.maximum(one, tf.math.sub(n, one))));
    Map<String, Operand<TFloat64>> next = new LinkedHashMap<>();
    next.put(MEAN, moved(tf, in.state().get(MEAN), mean));
    // One sample has no deviation.
    next.put(
        DEVIATION,
        tf.select(
            tf.math.greater(n, one),
            moved(tf, in.state().get(DEVIATION), deviation),
            in.state().get(DEVIATION)));
    return next;
  }

  @Override
  public TargetLogit target(Ops tf, MarginInput in) {
    Operand<TFloat64> one = tf.constant(1.0);
    Operand<TFloat64> deviation = tf.math.add(in.state().get(DEVIATION), tf.constant(EPSILON));
    Operand<TFloat64> score =
        tf.math.div(tf.math.sub(clamped(tf, in), in.state().get(MEAN)), deviation);
    Operand<TFloat64> z =
        tf.math.minimum(
            one,
            tf.math.maximum(tf.constant(-1.0), tf.math.mul(score, tf.constant(concentration))));
    Operand<TFloat64> m = tf.math.mul(in.strength(), tf.constant(margin));
    Operand<TFloat64> shifted = tf.math.sub(in.angle(), tf.math.mul(m, z));
    Operand<TFloat64> smallest = tf.constant(EPSILON);
    Operand<TFloat64> largest = tf.constant(Math.PI - EPSILON);
    TargetLogit cosine =
        TargetLogits.cosine(tf, tf.math.minimum(largest, tf.math.maximum(smallest, shifted)));
    Operand<TBool> inside =
        tf.math.logicalAnd(
            tf.math.greaterEqual(shifted, smallest), tf.math.lessEqual(shifted, largest));
    return new TargetLogit(
        tf.math.sub(cosine.value(), tf.math.mul(m, tf.math.add(one, z))),
        tf.select(inside, cosine.slope(), tf.zerosLike(shifted)));
  }

  private Operand<TFloat64> moved(Ops tf, Operand<TFloat64> running, Operand<TFloat64> batch) {
    return tf.math.add(
        tf.math.mul(tf.constant(momentum), running), tf.math.mul(tf.constant(1 - momentum), batch));
  }

  private static Operand<TFloat64> clamped(Ops tf, MarginInput in) {
    return tf.math.minimum(
        tf.constant(LARGEST_NORM), tf.math.maximum(tf.constant(EPSILON), in.norm()));
  }
}

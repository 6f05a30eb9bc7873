package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Softmax cross-entropy, seen from the classes besides the label. With d = log(sum over the others
 * of e^z) - z_label the loss is softplus(d) and 1 - p_label is sigmoid(d): neither cancels once a
 * sample is learnt, as p - 1 does.
 *
 * @param logits float32 [N, C], the most negative float in the label's column
 * @param largest largest logit besides the label's, float32 [N]
 * @param exponentials e^(z - largest), 0 in the label's column, float32 [N, C]
 * @param sum of the exponentials, at least 1, float64 [N]
 * @param loss of each sample, float64 [N]
 * @param miss 1 - p_label, float64 [N]
 * @param hit p_label, float64 [N]
 */
record Rivals(
    Operand<TFloat32> logits,
    Operand<TFloat32> largest,
    Operand<TFloat32> exponentials,
    Operand<TFloat64> sum,
    Operand<TFloat64> loss,
    Operand<TFloat64> miss,
    Operand<TFloat64> hit) {

  /**
   * Builds the cross-entropy.
   *
   * @param logits float32 [N, C]; the label's column is not read
   * @param labelLogit float64 [N]
   */
  static Rivals of(
      Ops tf, Operand<TFloat32> logits, LabelIndex label, Operand<TFloat64> labelLogit) {
    // Finite, for -inf - -inf is NaN; below any logit, so that its exponential is 0.
    Operand<TFloat32> bottom = tf.fill(tf.shape(labelLogit), tf.constant(-Float.MAX_VALUE));
    Operand<TFloat32> others = label.replace(tf, logits, bottom);
    Operand<TFloat32> largest = tf.reduceMax(others, tf.constant(1));
    Operand<TFloat32> exponentials =
        tf.math.exp(tf.math.sub(others, tf.expandDims(largest, tf.constant(1))));
    Operand<TFloat64> sum =
        tf.dtypes.cast(tf.reduceSum(exponentials, tf.constant(1)), TFloat64.class);
    Operand<TFloat64> d =
        tf.math.sub(
            tf.math.add(tf.dtypes.cast(largest, TFloat64.class), tf.math.log(sum)), labelLogit);
    return new Rivals(
        others,
        largest,
        exponentials,
        sum,
        tf.math.softplus(d),
        tf.math.sigmoid(d),
        tf.math.sigmoid(tf.math.neg(d)));
  }

  /** d (mean loss) / d logit_j over the exponential of j, for j besides the label, [N]. */
  Operand<TFloat64> gradPerExponential(Ops tf) {
    return tf.math.div(tf.math.div(miss, sum), batch(tf));
  }

  /** d (mean loss) / d logit of the label: -(1 - p)/N, [N]. */
  Operand<TFloat64> gradLabelLogit(Ops tf) {
    return tf.math.neg(tf.math.div(miss, batch(tf)));
  }

  /** Softmax of all logits, float32 [N, C]. */
  Operand<TFloat32> probabilities(Ops tf, LabelIndex label) {
    Operand<TFloat32> weight = tf.dtypes.cast(tf.math.div(miss, sum), TFloat32.class);
    return label.replace(
        tf,
        tf.math.mul(exponentials, tf.expandDims(weight, tf.constant(1))),
        tf.dtypes.cast(hit, TFloat32.class));
  }

  Operand<TFloat32> meanLoss(Ops tf) {
    return tf.dtypes.cast(tf.math.mean(loss, tf.constant(0)), TFloat32.class);
  }

  private Operand<TFloat64> batch(Ops tf) {
    return tf.dtypes.cast(tf.size(loss), TFloat64.class);
  }
}

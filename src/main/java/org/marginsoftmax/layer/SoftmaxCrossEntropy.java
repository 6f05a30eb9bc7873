package org.marginsoftmax.layer;

import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Softmax cross-entropy, computed from the classes other than the label. With d = log(sum over the
 * others of e^z) - z_label the loss is softplus(d) and 1 - p_label is sigmoid(d): neither suffers
 * from cancellation once a sample is learnt, as p - 1 does.
 *
 * @param logits float32 [N, C], {@link #EXCLUDED} in the label's column
 * @param exponentials e^(z - shift), 0 in the label's column, float32 [N, C]
 * @param sum of the exponentials, float64 [N]
 * @param loss of each sample, float64 [N]
 * @param othersProbability 1 - p_label, float64 [N]
 * @param labelProbability p_label, float64 [N]
 * @param smoothing share of the target that is spread over all classes
 * @param kept 1 for each other class that is in the softmax, float32 [N, C]; null without smoothing
 * @param keptClasses number of classes in the softmax, the label's too, float64 [N]; null without
 *     smoothing
 */
record SoftmaxCrossEntropy(
    Operand<TFloat32> logits,
    Operand<TFloat32> exponentials,
    Operand<TFloat64> sum,
    Operand<TFloat64> loss,
    Operand<TFloat64> othersProbability,
    Operand<TFloat64> labelProbability,
    double smoothing,
    Operand<TFloat32> kept,
    Operand<TFloat64> keptClasses) {

  /**
   * The logit of a class that is excluded from the softmax: finite, because -inf - -inf is NaN, and
   * below any other logit, so that its exponential is 0.
   */
  static final float EXCLUDED = -Float.MAX_VALUE;

  /**
   * Logits in -LARGEST..LARGEST need no shift: neither e^z nor the sum of 10^7 of them leaves
   * float32.
   */
  private static final double LARGEST = 70;

  /**
   * d (mean loss) / d logits.
   *
   * @param perWeight float32 [N, C], 0 in the label's column
   * @param weight float64 [N]: the gradient of the logit of j is weight_i perWeight_ij
   * @param label of the label's logit, float64 [N]
   */
  record Gradient(Operand<TFloat32> perWeight, Operand<TFloat64> weight, Operand<TFloat64> label) {}

  /**
   * Builds the cross-entropy.
   *
   * @param logits float32 [N, C]; the label's column is not read
   * @param labelLogit float64 [N]
   * @param bound of the size of the other logits; infinite where there is none
   * @param smoothing 0 up to below 1
   */
  static SoftmaxCrossEntropy of(
      Ops tf,
      Operand<TFloat32> logits,
      LabelIndex label,
      Operand<TFloat64> labelLogit,
      double bound,
      double smoothing) {
    Operand<TFloat32> excluded = tf.fill(tf.shape(labelLogit), tf.constant(EXCLUDED));
    Operand<TFloat32> others = label.replace(tf, logits, excluded);
    boolean shifted = bound > LARGEST;
    Operand<TFloat32> largest = shifted ? largest(tf, others) : null;
    Operand<TFloat32> exponentials =
        tf.math.exp(shifted ? tf.math.sub(others, tf.expandDims(largest, tf.constant(1))) : others);
    Operand<TFloat64> sum =
        tf.dtypes.cast(tf.reduceSum(exponentials, tf.constant(1)), TFloat64.class);
    Operand<TFloat64> logSum = tf.math.log(sum);
    if (shifted) {
      logSum = tf.math.add(tf.dtypes.cast(largest, TFloat64.class), logSum);
    }
    Operand<TFloat64> d = tf.math.sub(logSum, labelLogit);
    Operand<TFloat64> loss = tf.math.softplus(d);
    Operand<TFloat32> kept = null;
    Operand<TFloat64> keptClasses = null;
    if (smoothing > 0) {
      Operand<TBool> in = tf.math.greater(others, tf.constant(EXCLUDED));
      kept = tf.dtypes.cast(in, TFloat32.class);
      keptClasses = tf.math.add(tf.constant(1.0), rowSum(tf, kept));
      Operand<TFloat64> total =
          tf.math.add(labelLogit, rowSum(tf, tf.select(in, others, tf.constant(0f))));
      loss =
          tf.math.add(
              loss,
              tf.math.mul(
                  tf.constant(smoothing),
                  tf.math.sub(labelLogit, tf.math.div(total, keptClasses))));
    }
    return new SoftmaxCrossEntropy(
        others,
        exponentials,
        sum,
        loss,
        tf.math.sigmoid(d),
        tf.math.sigmoid(tf.math.neg(d)),
        smoothing,
        kept,
        keptClasses);
  }

  /** The largest of each row, [N]. */
  static Operand<TFloat32> largest(Ops tf, Operand<TFloat32> others) {
    return tf.reduceMax(others, tf.constant(1));
  }

  /**
   * 1 where the label's product is above those of all other classes, else 0, float32 [N].
   *
   * @param others float32 [N, C], {@link #EXCLUDED} in the label's column
   */
  static Operand<TFloat32> wins(Ops tf, Operand<TFloat64> label, Operand<TFloat32> others) {
    Operand<TFloat64> largest = tf.dtypes.cast(largest(tf, others), TFloat64.class);
    return tf.dtypes.cast(tf.math.greater(label, largest), TFloat32.class);
  }

  /** The gradient of the mean loss in the logits. */
  Gradient gradient(Ops tf) {
    Operand<TFloat64> perSample = tf.math.div(tf.math.div(othersProbability, sum), batch(tf));
    Operand<TFloat64> label = tf.math.neg(tf.math.div(othersProbability, batch(tf)));
    if (smoothing == 0) {
      return new Gradient(exponentials, perSample, label);
    }
    // p_j - epsilon / K over the K classes that are in; the label's is p_y - (1 - epsilon + epsilon
    // / K).
    Operand<TFloat64> share =
        tf.math.div(tf.math.div(tf.constant(smoothing), keptClasses), batch(tf));
    Operand<TFloat32> others =
        tf.math.sub(
            tf.math.mul(exponentials, column32(tf, perSample)),
            tf.math.mul(kept, column32(tf, share)));
    Operand<TFloat64> spread = tf.math.sub(tf.math.div(tf.constant(smoothing), batch(tf)), share);
    return new Gradient(others, tf.onesLike(othersProbability), tf.math.add(label, spread));
  }

  /** Softmax of all logits, float32 [N, C]. */
  Operand<TFloat32> probabilities(Ops tf, LabelIndex label) {
    return label.replace(
        tf,
        tf.math.mul(exponentials, column32(tf, tf.math.div(othersProbability, sum))),
        tf.dtypes.cast(labelProbability, TFloat32.class));
  }

  private Operand<TFloat64> batch(Ops tf) {
    return tf.dtypes.cast(tf.size(loss), TFloat64.class);
  }

  private static Operand<TFloat64> rowSum(Ops tf, Operand<TFloat32> rows) {
    return tf.dtypes.cast(tf.reduceSum(rows, tf.constant(1)), TFloat64.class);
  }

  private static Operand<TFloat32> column32(Ops tf, Operand<TFloat64> vector) {
    return tf.dtypes.cast(LabelColumn.column(tf, vector), TFloat32.class);
  }

  /** Refuses what is no label smoothing. */
  static void requireSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new InvalidInputException(
          "label smoothing: expected 0 up to below 1, found " + smoothing + "; 0.1 is usual");
    }
  }
}

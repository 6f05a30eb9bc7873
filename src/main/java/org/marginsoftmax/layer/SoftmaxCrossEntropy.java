package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Softmax cross-entropy, computed from the classes other than the label. With d = log(sum over the
 * others of e^z) - z_label the loss is softplus(d) and 1 - p_label is sigmoid(d): neither suffers
 * from cancellation once a sample is learnt, as p - 1 does.
 *
 * @param others logits and exponentials of each block of classes
 * @param sum of the exponentials, float64 [N]
 * @param largest logit of the others, float32 [N]
 * @param loss of each sample, float64 [N]
 * @param othersProbability 1 - p_label, float64 [N]
 * @param labelProbability p_label, float64 [N]
 * @param smoothing share of the target that is spread over all classes
 * @param keptClasses number of classes in the softmax, the label's too, float64 [N]; null without
 *     smoothing
 */
record SoftmaxCrossEntropy(
    Blocked<Others> others,
    Operand<TFloat64> sum,
    Operand<TFloat32> largest,
    Operand<TFloat64> loss,
    Operand<TFloat64> othersProbability,
    Operand<TFloat64> labelProbability,
    double smoothing,
    Operand<TFloat64> keptClasses) {

  /**
   * The classes of a block, without the labels.
   *
   * @param logits float32 [C_k, N], {@link #EXCLUDED} at the labels
   * @param shift of each sample, float32 [1, N]; null for none
   * @param exponentials e^(z - shift), 0 at the labels, float32 [C_k, N]
   * @param kept 1 for each other class that is in the softmax, float32 [C_k, N]; null without
   *     smoothing
   */
  record Others(
      Operand<TFloat32> logits,
      Operand<TFloat32> shift,
      Operand<TFloat32> exponentials,
      Operand<TFloat32> kept) {

    static Others of(Ops tf, Operand<TFloat32> logits, Operand<TFloat32> shift, boolean marksKept) {
      return new Others(
          logits,
          shift,
          exponentials(tf, logits, shift),
          marksKept
              ? tf.dtypes.cast(tf.math.greater(logits, Constants.of(tf, EXCLUDED)), TFloat32.class)
              : null);
    }

    private static Operand<TFloat32> exponentials(
        Ops tf, Operand<TFloat32> logits, Operand<TFloat32> shift) {
      return tf.math.exp(shift == null ? logits : tf.math.sub(logits, shift));
    }

    /**
     * The exponentials, taken anew: when a block's turn comes on the way back, those of the way
     * there have long left the cache, and those of all blocks would take as much memory as the
     * logits.
     */
    Operand<TFloat32> exponentialsAgain(Ops tf) {
      return exponentials(tf, logits, shift);
    }
  }

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
   * @param perWeight of each block, float32 [C_k, N], 0 at the labels
   * @param weight float64 [N]: the gradient of the logit of j is weight_i perWeight_ji
   * @param label of the label's logit, float64 [N]
   */
  record Gradient(
      Blocked<Operand<TFloat32>> perWeight, Operand<TFloat64> weight, Operand<TFloat64> label) {}

  /**
   * Builds the cross-entropy.
   *
   * @param logits of each block, float32 [C_k, N]; not read at the labels
   * @param owned whether nothing else reads the logits, which are then overwritten at the labels
   * @param places of the labels
   * @param labelLogit float64 [N]
   * @param bound of the size of the other logits; infinite where there is none
   * @param smoothing 0 up to below 1
   */
  static SoftmaxCrossEntropy of(
      Ops tf,
      Blocked<Operand<TFloat32>> logits,
      boolean owned,
      Blocked<Place> places,
      Operand<TFloat64> labelLogit,
      double bound,
      double smoothing) {
    Operand<TFloat32> excluded = tf.fill(tf.shape(labelLogit), tf.constant(EXCLUDED));
    Blocked<Operand<TFloat32>> masked =
        logits.with(
            places,
            (own, z, place) ->
                owned ? place.overwrite(own, z, excluded) : place.replace(own, z, excluded));
    boolean shifted = bound > LARGEST;
    Operand<TFloat32> shift = shifted ? masked.largest(tf, SoftmaxCrossEntropy::largest) : null;
    Operand<TFloat32> shiftRow = shifted ? tf.expandDims(shift, tf.constant(0)) : null;
    Blocked<Others> others = masked.map((own, z) -> Others.of(own, z, shiftRow, smoothing > 0));
    List<Operand<TFloat32>> largest = new ArrayList<>();
    Operand<TFloat64> sum =
        tf.dtypes.cast(
            others.sum(
                tf,
                (own, each) -> {
                  largest.add(largest(own, each.logits)); // While the logits are in the cache.
                  return sumOverClasses(own, each.exponentials);
                }),
            TFloat64.class);
    Operand<TFloat64> logSum = tf.math.log(sum);
    if (shifted) {
      logSum = tf.math.add(tf.dtypes.cast(shift, TFloat64.class), logSum);
    }
    Operand<TFloat64> d = tf.math.sub(logSum, labelLogit);
    Operand<TFloat64> loss = tf.math.softplus(d);
    Operand<TFloat64> keptClasses = null;
    if (smoothing > 0) {
      keptClasses =
          tf.math.add(
              tf.constant(1.0),
              tf.dtypes.cast(
                  others.sum(tf, (own, each) -> sumOverClasses(own, each.kept)), TFloat64.class));
      Operand<TFloat64> total =
          tf.math.add(
              labelLogit,
              tf.dtypes.cast(
                  others.sum(tf, (own, each) -> sumOverClasses(own, logitsKept(own, each))),
                  TFloat64.class));
      loss =
          tf.math.add(
              loss,
              tf.math.mul(
                  tf.constant(smoothing),
                  tf.math.sub(labelLogit, tf.math.div(total, keptClasses))));
    }
    return new SoftmaxCrossEntropy(
        others,
        sum,
        shifted ? shift : others.largest(tf, largest),
        loss,
        tf.math.sigmoid(d),
        tf.math.sigmoid(tf.math.neg(d)),
        smoothing,
        keptClasses);
  }

  private static Operand<TFloat32> logitsKept(Ops tf, Others each) {
    return tf.select(
        tf.math.greater(each.logits, Constants.of(tf, EXCLUDED)),
        each.logits,
        Constants.of(tf, 0f));
  }

  /** The largest over the classes of a block [C_k, N], [N]. */
  static Operand<TFloat32> largest(Ops tf, Operand<TFloat32> others) {
    return tf.reduceMax(others, Constants.of(tf, 0));
  }

  /**
   * 1 where the label's product is above those of all other classes, else 0, float32 [N].
   *
   * @param largest of the other classes, float32 [N]
   */
  static Operand<TFloat32> wins(Ops tf, Operand<TFloat64> label, Operand<TFloat32> largest) {
    return tf.dtypes.cast(
        tf.math.greater(label, tf.dtypes.cast(largest, TFloat64.class)), TFloat32.class);
  }

  /** The gradient of the mean loss in the logits. */
  Gradient gradient(Ops tf) {
    Operand<TFloat64> perSample = tf.math.div(tf.math.div(othersProbability, sum), batch(tf));
    Operand<TFloat64> label = tf.math.neg(tf.math.div(othersProbability, batch(tf)));
    Blocked<Operand<TFloat32>> exponentials =
        others.map(
            (own, each) -> others.blocks() == 1 ? each.exponentials : each.exponentialsAgain(own));
    if (smoothing == 0) {
      return new Gradient(exponentials, perSample, label);
    }
    // p_j - epsilon / K over the K classes that are in; the label's is p_y - (1 - epsilon + epsilon
    // / K).
    Operand<TFloat64> share =
        tf.math.div(tf.math.div(tf.constant(smoothing), keptClasses), batch(tf));
    Operand<TFloat32> perSampleRow = row32(tf, perSample);
    Operand<TFloat32> shareRow = row32(tf, share);
    Operand<TFloat64> spread = tf.math.sub(tf.math.div(tf.constant(smoothing), batch(tf)), share);
    return new Gradient(
        exponentials.with(
            others,
            (own, e, each) ->
                own.math.sub(own.math.mul(e, perSampleRow), own.math.mul(each.kept, shareRow))),
        tf.onesLike(othersProbability),
        tf.math.add(label, spread));
  }

  /** The logits of all classes, float32 [N, C]. */
  Operand<TFloat32> logits(Ops tf, Blocked<Place> places, Operand<TFloat64> labelLogit) {
    Operand<TFloat32> label = tf.dtypes.cast(labelLogit, TFloat32.class);
    return Products.joined(
        tf, others.with(places, (own, each, place) -> place.replace(own, each.logits, label)));
  }

  /** Softmax of all logits, float32 [N, C]. */
  Operand<TFloat32> probabilities(Ops tf, Blocked<Place> places) {
    Operand<TFloat32> perSample = row32(tf, tf.math.div(othersProbability, sum));
    Operand<TFloat32> label = tf.dtypes.cast(labelProbability, TFloat32.class);
    return Products.joined(
        tf,
        others.with(
            places,
            (own, each, place) ->
                place.replace(own, own.math.mul(each.exponentials, perSample), label)));
  }

  private Operand<TFloat64> batch(Ops tf) {
    return tf.dtypes.cast(tf.size(loss), TFloat64.class);
  }

  /** The sum over the classes of a block [C_k, N], [N]: a product, which is faster than a sum. */
  static Operand<TFloat32> sumOverClasses(Ops tf, Operand<TFloat32> block) {
    long classes = block.shape().get(0);
    Operand<TFloat32> ones =
        classes == Shape.UNKNOWN_SIZE
            ? Products.transposed(
                tf,
                tf.onesLike(
                    tf.slice(
                        block,
                        Constants.of(tf, new int[] {0, 0}),
                        Constants.of(tf, new int[] {-1, 1}))))
            : Constants.filled(tf, new long[] {1, classes}, 1);
    return tf.reshape(tf.linalg.matMul(ones, block), Constants.of(tf, new int[] {-1}));
  }

  /** A value for each sample as a row that goes with every class, float32 [1, N]. */
  static Operand<TFloat32> row32(Ops tf, Operand<TFloat64> values) {
    return tf.dtypes.cast(tf.expandDims(values, Constants.of(tf, 0)), TFloat32.class);
  }

  /** Refuses what is no label smoothing. */
  static void requireSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new InvalidInputException(
          "label smoothing: expected 0 up to below 1, found " + smoothing + "; 0.1 is usual");
    }
  }
}

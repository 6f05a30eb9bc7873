package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** How {@link Scale.AdaCos} sets its scale anew at each step. */
final class AdaCosStep {
  static final String STATE = "scale";
  private static final double LEAST = 0.1;

  private AdaCosStep() {}

  /**
   * The scale of this step, float64 [].
   *
   * @param products cosines times the scale of the step before, of each block, float32 [C_k, N]
   * @param places of the labels
   * @param angle to the labels' centers, float64 [N]
   */
  static Operand<TFloat64> next(
      Ops tf, Blocked<Operand<TFloat32>> products, Blocked<Place> places, Operand<TFloat64> angle) {
    Operand<TFloat32> excluded =
        tf.fill(tf.shape(angle), tf.constant(SoftmaxCrossEntropy.EXCLUDED));
    Blocked<Operand<TFloat32>> others =
        products.with(places, (own, z, place) -> place.replace(own, z, excluded));
    Operand<TFloat32> largest = others.largest(tf, SoftmaxCrossEntropy::largest);
    Operand<TFloat32> shift = tf.expandDims(largest, tf.constant(0));
    Operand<TFloat32> sum =
        others.sum(
            tf,
            (own, z) ->
                SoftmaxCrossEntropy.sumOverClasses(own, own.math.exp(own.math.sub(z, shift))));
    Operand<TFloat64> logSums =
        tf.math.add(
            tf.dtypes.cast(largest, TFloat64.class),
            tf.math.log(tf.dtypes.cast(sum, TFloat64.class)));
    // ln of the mean over the batch, shifted by its largest term.
    Operand<TFloat64> top = tf.reduceMax(logSums, tf.constant(0));
    Operand<TFloat64> logMean =
        tf.math.add(
            top, tf.math.log(tf.math.mean(tf.math.exp(tf.math.sub(logSums, top)), tf.constant(0))));
    Operand<TFloat64> shrunk =
        tf.math.cos(tf.math.minimum(tf.constant(Math.PI / 4), lowerMedian(tf, angle)));
    return tf.math.maximum(tf.constant(LEAST), tf.math.div(logMean, shrunk));
  }

  /** The middle one, of an even number the lower of the two in the middle. */
  private static Operand<TFloat64> lowerMedian(Ops tf, Operand<TFloat64> values) {
    Operand<TInt32> half = tf.math.div(tf.size(values), tf.constant(2));
    Operand<TInt32> count = tf.math.add(half, tf.constant(1));
    Operand<TFloat64> descending = tf.nn.topK(values, count, TInt32.class).values();
    return tf.squeeze(
        tf.slice(descending, tf.expandDims(half, tf.constant(0)), tf.array(1)),
        Squeeze.axis(List.of(0L)));
  }
}

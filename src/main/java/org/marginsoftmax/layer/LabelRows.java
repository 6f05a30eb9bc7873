package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * The K centers of each label in float64.
 *
 * @param rows of them, int32 [N K], sample by sample
 * @param units unit centers, [N, K, D]
 * @param inverseNorms [N, K], 0 for one that counts as zero
 * @param cosines to the feature, [N, K]
 */
record LabelRows(
    Operand<TInt32> rows,
    Operand<TFloat64> units,
    Operand<TFloat64> inverseNorms,
    Operand<TFloat64> cosines) {

  static LabelRows of(Ops tf, LabelColumn column, Operand<TInt32> labels, Centers centers) {
    Operand<TFloat64> w =
        centers.subcenters() == 1
            ? tf.expandDims(column.rawCenters(), tf.constant(1))
            : tf.dtypes.cast(ofLabels(tf, labels, centers), TFloat64.class);
    Operand<TFloat64> inverse =
        Norms.inverse(tf, tf.reduceSum(tf.math.square(w), tf.constant(2)), TFloat64.class);
    Operand<TFloat64> units = tf.math.mul(w, tf.expandDims(inverse, tf.constant(2)));
    Operand<TFloat64> cosines = tf.reduceSum(tf.math.mul(units, each(tf, column)), tf.constant(2));
    return new LabelRows(rowsOf(tf, labels, centers.subcenters()), units, inverse, cosines);
  }

  /**
   * The row of the label's nearest center, found in float64, int32 [N].
   *
   * @param features float32 [N, D]
   */
  static Operand<TInt32> nearest(
      Ops tf, Operand<TFloat32> features, Operand<TInt32> labels, Centers centers) {
    int perClass = centers.subcenters();
    if (perClass == 1) {
      return labels;
    }
    Operand<TFloat64> w = tf.dtypes.cast(ofLabels(tf, labels, centers), TFloat64.class);
    Operand<TFloat64> x = tf.expandDims(tf.dtypes.cast(features, TFloat64.class), tf.constant(1));
    Operand<TFloat64> inverse =
        Norms.inverse(tf, tf.reduceSum(tf.math.square(w), tf.constant(2)), TFloat64.class);
    Operand<TFloat64> projections =
        tf.math.mul(tf.reduceSum(tf.math.mul(x, w), tf.constant(2)), inverse);
    return tf.math.add(
        tf.math.mul(labels, tf.constant(perClass)),
        tf.math.argMax(projections, tf.constant(1), TInt32.class));
  }

  /** The K centers of each label, float32 [N, K, D]. */
  private static Operand<TFloat32> ofLabels(Ops tf, Operand<TInt32> labels, Centers centers) {
    int perClass = centers.subcenters();
    return tf.reshape(
        centers.gather(tf, rowsOf(tf, labels, perClass)),
        tf.array(-1L, (long) perClass, centers.dimension()));
  }

  private static Operand<TInt32> rowsOf(Ops tf, Operand<TInt32> labels, int perClass) {
    return tf.reshape(
        tf.math.add(
            tf.expandDims(tf.math.mul(labels, tf.constant(perClass)), tf.constant(1)),
            tf.range(tf.constant(0), tf.constant(perClass), tf.constant(1))),
        tf.array(-1));
  }

  /** d loss / d unit feature, [N, D], of slopes in the cosines, [N, K]. */
  Operand<TFloat64> gradUnitFeatures(Ops tf, LabelColumn column, Operand<TFloat64> slopes) {
    Operand<TFloat64> away =
        tf.math.sub(units, tf.math.mul(tf.expandDims(cosines, tf.constant(2)), each(tf, column)));
    return tf.reduceSum(tf.math.mul(tf.expandDims(slopes, tf.constant(2)), away), tf.constant(1));
  }

  /** d loss / d centers of the labels, row by row of {@link #rows}, float64 [N K, D]. */
  Operand<TFloat64> gradCenters(Ops tf, LabelColumn column, Operand<TFloat64> slopes) {
    Operand<TFloat64> away =
        tf.math.sub(each(tf, column), tf.math.mul(tf.expandDims(cosines, tf.constant(2)), units));
    Operand<TFloat64> perRow =
        tf.math.mul(tf.expandDims(tf.math.mul(slopes, inverseNorms), tf.constant(2)), away);
    return tf.reshape(perRow, tf.array(-1L, column.features().shape().get(1)));
  }

  /** Unit features, [N, 1, D]. */
  private static Operand<TFloat64> each(Ops tf, LabelColumn column) {
    return tf.expandDims(column.features(), tf.constant(1));
  }
}

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

  static LabelRows of(
      Ops tf, LabelColumn column, Operand<TInt32> labels, Operand<TFloat32> centers, int perClass) {
    Operand<TInt32> rows =
        tf.math.add(
            tf.expandDims(tf.math.mul(labels, tf.constant(perClass)), tf.constant(1)),
            tf.range(tf.constant(0), tf.constant(perClass), tf.constant(1)));
    Operand<TFloat64> w = tf.dtypes.cast(tf.gather(centers, rows, tf.constant(0)), TFloat64.class);
    Operand<TFloat64> inverse =
        Norms.inverse(tf, tf.reduceSum(tf.math.square(w), tf.constant(2)), TFloat64.class);
    Operand<TFloat64> units = tf.math.mul(w, tf.expandDims(inverse, tf.constant(2)));
    Operand<TFloat64> cosines = tf.reduceSum(tf.math.mul(units, each(tf, column)), tf.constant(2));
    return new LabelRows(tf.reshape(rows, tf.array(-1)), units, inverse, cosines);
  }

  /** d loss / d unit feature, [N, D], of slopes in the cosines, [N, K]. */
  Operand<TFloat64> gradUnitFeatures(Ops tf, LabelColumn column, Operand<TFloat64> slopes) {
    Operand<TFloat64> away =
        tf.math.sub(units, tf.math.mul(tf.expandDims(cosines, tf.constant(2)), each(tf, column)));
    return tf.reduceSum(tf.math.mul(tf.expandDims(slopes, tf.constant(2)), away), tf.constant(1));
  }

  /**
   * The matrix [C K, D] with d loss / d center added to the rows of the labels' centers; in place,
   * see {@link LabelColumn#addToRows}.
   */
  Operand<TFloat32> addTo(
      Ops tf,
      Operand<?> after,
      Operand<TFloat32> matrix,
      LabelColumn column,
      Operand<TFloat64> slopes) {
    Operand<TFloat64> away =
        tf.math.sub(each(tf, column), tf.math.mul(tf.expandDims(cosines, tf.constant(2)), units));
    Operand<TFloat64> perRow =
        tf.math.mul(tf.expandDims(tf.math.mul(slopes, inverseNorms), tf.constant(2)), away);
    Operand<TFloat64> flat = tf.reshape(perRow, tf.array(-1L, column.features().shape().get(1)));
    return LabelColumn.addToRows(tf, after, matrix, rows, flat);
  }

  /** Unit features, [N, 1, D]. */
  private static Operand<TFloat64> each(Ops tf, LabelColumn column) {
    return tf.expandDims(column.features(), tf.constant(1));
  }
}

package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * The column of the label in float64: each feature with the center of its own class, or the nearest
 * if there are several. In float32 the angle of a learnt sample is mostly rounding error: the unit
 * vectors alone are off by 1e-7.
 *
 * @param rows of the labels' centers, int32 [N]
 * @param features unit features, [N, D]
 * @param featureNorm [N], 0 for a feature that counts as zero
 * @param inverseFeatureNorm [N], 0 for a feature that counts as zero
 * @param centers unit vectors of the labels' classes, [N, D]
 * @param centerNorm [N]
 * @param inverseCenterNorm [N]
 * @param cosine [N]
 * @param sine [N], 1 where either vector counts as zero
 * @param angle theta, radians, [N]; 90 degrees where either vector counts as zero
 * @param rawFeatures features as they are, [N, D]
 * @param rawCenters centers of the labels as they are, [N, D]
 * @param innerProduct feature times center, neither normalised, [N]
 */
record LabelColumn(
    Operand<TInt32> rows,
    Operand<TFloat64> features,
    Operand<TFloat64> featureNorm,
    Operand<TFloat64> inverseFeatureNorm,
    Operand<TFloat64> centers,
    Operand<TFloat64> centerNorm,
    Operand<TFloat64> inverseCenterNorm,
    Operand<TFloat64> cosine,
    Operand<TFloat64> sine,
    Operand<TFloat64> angle,
    Operand<TFloat64> rawFeatures,
    Operand<TFloat64> rawCenters,
    Operand<TFloat64> innerProduct) {

  /** Below this sine, 1e-14, the direction from the feature to the center is rounding error. */
  private static final double NO_DIRECTION = 1e-14;

  static LabelColumn of(Ops tf, Operand<TFloat32> features, Operand<TInt32> rows, Centers centers) {
    Operand<TFloat64> x = tf.dtypes.cast(features, TFloat64.class);
    Operand<TFloat64> w = tf.dtypes.cast(centers.gather(tf, rows), TFloat64.class);
    Operand<TFloat64> xSquare = tf.math.square(rowNorm(tf, x));
    Operand<TFloat64> wSquare = tf.math.square(rowNorm(tf, w));
    Operand<TFloat64> xInverse = Norms.inverse(tf, xSquare, TFloat64.class);
    Operand<TFloat64> wInverse = Norms.inverse(tf, wSquare, TFloat64.class);
    Operand<TFloat64> xUnit = tf.math.mul(x, column(tf, xInverse));
    Operand<TFloat64> wUnit = tf.math.mul(w, column(tf, wInverse));
    Operand<TFloat64> cosine = rowDot(tf, xUnit, wUnit);
    Operand<TFloat64> offset = tf.math.sub(wUnit, tf.math.mul(column(tf, cosine), xUnit));
    Operand<TFloat64> none = tf.zerosLike(xInverse);
    Operand<TBool> either =
        tf.math.logicalOr(tf.math.equal(xInverse, none), tf.math.equal(wInverse, none));
    Operand<TFloat64> sine = tf.select(either, tf.onesLike(xInverse), rowNorm(tf, offset));
    return new LabelColumn(
        rows,
        xUnit,
        tf.math.mul(xSquare, xInverse),
        xInverse,
        wUnit,
        tf.math.mul(wSquare, wInverse),
        wInverse,
        cosine,
        sine,
        tf.math.atan2(sine, cosine),
        x,
        w,
        rowDot(tf, x, w));
  }

  /**
   * d value / d unit feature, [N, D], tangent to the sphere, of a value whose slope in theta is
   * given, [N]. d theta / d x^ = -(w^ - c x^) / sin(theta); 0 where that has no direction.
   */
  Operand<TFloat64> gradUnitFeatures(Ops tf, Operand<TFloat64> slope) {
    return tangent(tf, slope, centers, features);
  }

  /**
   * d value / d unit center of the label, [N, D], tangent to the sphere, of a value whose slope in
   * theta is given, [N].
   */
  Operand<TFloat64> gradUnitCenters(Ops tf, Operand<TFloat64> slope) {
    return tangent(tf, slope, features, centers);
  }

  private Operand<TFloat64> tangent(
      Ops tf, Operand<TFloat64> slope, Operand<TFloat64> to, Operand<TFloat64> at) {
    Operand<TFloat64> floor = tf.constant(NO_DIRECTION);
    Operand<TFloat64> perSine =
        tf.select(
            tf.math.less(sine, floor),
            tf.zerosLike(sine),
            tf.math.div(tf.math.neg(slope), tf.math.maximum(sine, floor)));
    Operand<TFloat64> away = tf.math.sub(to, tf.math.mul(column(tf, cosine), at));
    return tf.math.mul(column(tf, perSine), away);
  }

  /**
   * Adds one row [D] per sample to rows of a matrix [R, D]. The matrix is changed in place and must
   * not be used elsewhere. Samples with the same row write the same sum, so that the order of
   * writes does not matter.
   *
   * @param after what else reads the centers, to run first: an optimizer that finds a variable
   *     still being read copies it before updating it
   */
  static Operand<TFloat32> addToRows(
      Ops tf,
      Operand<?> after,
      Operand<TFloat32> matrix,
      Operand<TInt32> rows,
      Operand<TFloat64> perSample) {
    Operand<TFloat64> same =
        tf.dtypes.cast(
            tf.math.equal(
                tf.expandDims(rows, Constants.of(tf, 0)), tf.expandDims(rows, Constants.of(tf, 1))),
            TFloat64.class);
    Operand<TFloat64> there =
        tf.dtypes.cast(tf.gather(matrix, rows, Constants.of(tf, 0)), TFloat64.class);
    Operand<TFloat64> sums = tf.math.add(there, tf.linalg.matMul(same, perSample));
    // TensorScatterAdd would copy the matrix: on a CPU it never works in place.
    return tf.withControlDependencies(after)
        .inplaceUpdate(matrix, rows, tf.dtypes.cast(sums, TFloat32.class));
  }

  /** The norm of each row, [N]. In one pass, unlike a sum of squares. */
  private static Operand<TFloat64> rowNorm(Ops tf, Operand<TFloat64> rows) {
    return tf.linalg.euclideanNorm(rows, Constants.of(tf, 1));
  }

  static Operand<TFloat64> rowDot(Ops tf, Operand<TFloat64> a, Operand<TFloat64> b) {
    return tf.reduceSum(tf.math.mul(a, b), Constants.of(tf, 1));
  }

  static Operand<TFloat64> column(Ops tf, Operand<TFloat64> vector) {
    return tf.expandDims(vector, Constants.of(tf, 1));
  }
}

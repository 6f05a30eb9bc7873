package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/** Norms that are safe to divide by. */
final class Norms {
  /** The range of norms in which a vector has a direction. */
  private static final float SMALLEST = 1e-18f;

  private static final float LARGEST = 1e18f;

  private static final double SMALLEST_SQUARE = 1e-36;

  private static final double LARGEST_SQUARE = 1e36;

  private Norms() {}

  /** Whether a vector of this norm has a direction; otherwise it counts as zero. */
  static boolean direct(double norm) {
    return norm >= SMALLEST && norm <= LARGEST;
  }

  /** 1 / norm from the square of the norm, and 0 for a vector that counts as zero. */
  static <T extends TNumber> Operand<T> inverse(Ops tf, Operand<T> square, Class<T> type) {
    Operand<T> smallest = tf.dtypes.cast(tf.constant(SMALLEST_SQUARE), type);
    Operand<T> largest = tf.dtypes.cast(tf.constant(LARGEST_SQUARE), type);
    return tf.select(
        tf.math.logicalAnd(
            tf.math.greaterEqual(square, smallest), tf.math.lessEqual(square, largest)),
        tf.math.rsqrt(square),
        tf.zerosLike(square));
  }

  /**
   * 1 / norm of each row of a matrix, float32 [rows], and 0 for a row that counts as zero. One pass
   * over the matrix, no copy of it: its squares are never written.
   */
  static Operand<TFloat32> inverseOfRows(Ops tf, Operand<TFloat32> matrix) {
    Operand<TFloat32> norm = tf.linalg.euclideanNorm(matrix, Constants.of(tf, 1));
    return tf.select(
        tf.math.logicalAnd(
            tf.math.greaterEqual(norm, Constants.of(tf, SMALLEST)),
            tf.math.lessEqual(norm, Constants.of(tf, LARGEST))),
        tf.math.reciprocal(norm),
        tf.zerosLike(norm));
  }
}

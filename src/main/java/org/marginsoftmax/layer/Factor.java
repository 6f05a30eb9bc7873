package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * A matrix as a factor of products, rounded once for all of them.
 *
 * @param matrix float32, as it is
 * @param rounded what is multiplied; null to multiply the matrix itself
 */
record Factor(Operand<TFloat32> matrix, Operand<TBfloat16> rounded) {
  static Factor of(Ops tf, Precision precision, Operand<TFloat32> matrix) {
    return new Factor(
        matrix, precision == Precision.BFLOAT16 ? tf.dtypes.cast(matrix, TBfloat16.class) : null);
  }

  /** a b, both of the same precision. */
  static Operand<TFloat32> times(Ops tf, Factor a, Factor b) {
    return product(tf, a, b, MatMul.transposeA(false));
  }

  /** a^T b, both of the same precision. */
  static Operand<TFloat32> transposedTimes(Ops tf, Factor a, Factor b) {
    return product(tf, a, b, MatMul.transposeA(true));
  }

  private static Operand<TFloat32> product(Ops tf, Factor a, Factor b, MatMul.Options options) {
    return a.rounded == null
        ? tf.linalg.matMul(a.matrix, b.matrix, options)
        : tf.dtypes.cast(tf.linalg.matMul(a.rounded, b.rounded, options), TFloat32.class);
  }
}

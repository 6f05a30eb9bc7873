package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/** Matrix products. */
final class Products {
  private Products() {}

  /** a b^T. */
  static Operand<TFloat32> times(Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.linalg.matMul(a, b, MatMul.transposeB(true));
  }

  /** a^T b. */
  static Operand<TFloat32> transposedTimes(Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.linalg.matMul(a, b, MatMul.transposeA(true));
  }

  /** A row vector times a matrix. */
  static Operand<TFloat32> rowTimes(Ops tf, Operand<TFloat32> row, Operand<TFloat32> matrix) {
    return tf.squeeze(
        tf.linalg.matMul(tf.expandDims(row, tf.constant(0)), matrix), Squeeze.axis(List.of(0L)));
  }
}

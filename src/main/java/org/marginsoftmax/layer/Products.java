package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/** Matrix products. */
final class Products {
  private Products() {}

  /** a b^T. */
  static Operand<TFloat32> times(Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.linalg.matMul(a, b, MatMul.transposeB(true));
  }

  /** a^T. */
  static Operand<TFloat32> transposed(Ops tf, Operand<TFloat32> a) {
    return tf.linalg.transpose(a, tf.array(1, 0));
  }

  /** The blocks' matrices [C_k, N], one below the other, as one matrix [N, C]. */
  static Operand<TFloat32> joined(Ops tf, Blocked<Operand<TFloat32>> blocks) {
    List<Operand<TFloat32>> all = blocks.all(tf);
    return transposed(tf, all.size() == 1 ? all.get(0) : tf.concat(all, tf.constant(0)));
  }
}

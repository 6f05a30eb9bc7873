package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Where the label's column lies in a matrix of samples by classes.
 *
 * @param labels int32 [N]
 * @param positions sample and label of each row, int32 [N, 2]
 */
record LabelIndex(Operand<TInt32> labels, Operand<TInt32> positions) {

  static LabelIndex of(Ops tf, Operand<TInt32> labels) {
    Operand<TInt32> samples = tf.range(tf.constant(0), tf.size(labels), tf.constant(1));
    return new LabelIndex(labels, tf.stack(List.of(samples, labels), Stack.axis(1L)));
  }

  /** The matrix [N, C] with the label's column replaced by the values [N]; made in place. */
  Operand<TFloat32> replace(Ops tf, Operand<TFloat32> matrix, Operand<TFloat32> values) {
    return tf.tensorScatterNdUpdate(matrix, positions, values);
  }
}

package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * Where in a block the labels lie that are in it.
 *
 * @param rows of the labels, counted from the block's first, int32 [n_k]
 * @param samples that they are the labels of, int32 [n_k]; all, in order, if it is the only block
 * @param only whether it is the only block
 */
public record Place(Operand<TInt32> rows, Operand<TInt32> samples, boolean only) {

  /** In each of so many blocks, all but the last of the same size. */
  static Blocked<Place> of(Ops tf, Operand<TInt32> labels, int size, BlockOrder order) {
    if (order.blocks() == 1) {
      return of(tf, null, labels, order);
    }
    Operand<TInt32> block = tf.math.div(labels, tf.constant(size));
    return of(tf, block, tf.math.sub(labels, tf.math.mul(block, tf.constant(size))), order);
  }

  /**
   * In each block, by the block and the row in it of each label.
   *
   * @param block int32 [N]; not read if there is one block
   * @param rows int32 [N]
   */
  static Blocked<Place> of(Ops tf, Operand<TInt32> block, Operand<TInt32> rows, BlockOrder order) {
    Operand<TInt32> samples = tf.range(tf.constant(0), tf.size(rows), tf.constant(1));
    if (order.blocks() == 1) {
      Place all = new Place(rows, samples, true);
      return new Blocked<>(order, (own, k) -> all);
    }
    long blocks = order.blocks();
    List<? extends Operand<TInt32>> rowsOf = tf.dynamicPartition(rows, block, blocks).outputs();
    List<? extends Operand<TInt32>> samplesOf =
        tf.dynamicPartition(samples, block, blocks).outputs();
    return new Blocked<>(order, (own, k) -> new Place(rowsOf.get(k), samplesOf.get(k), false));
  }

  /**
   * Where the K centers of each label lie, sample by sample, in terms of the samples: sample i has
   * the rows i K to i K + K - 1.
   */
  Place ofSamples(Ops tf, int perSample) {
    return perSample == 1
        ? this
        : new Place(rows, tf.math.div(samples, tf.constant(perSample)), false);
  }

  /** Values [N] or [N, D] of the samples whose label is in the block. */
  <T extends TType> Operand<T> of(Ops tf, Operand<T> values) {
    return only ? values : tf.gather(values, samples, Constants.of(tf, 0));
  }

  /**
   * The block's matrix [C_k, N] with the labels' places overwritten by values [N]: the matrix
   * itself, which nothing else may read. It is what TensorFlow's scatter copies, a pass over all of
   * it. The matrix must be computed from something {@link #unmerged}.
   */
  Operand<TFloat32> overwrite(Ops tf, Operand<TFloat32> matrix, Operand<TFloat32> values) {
    Operand<TInt32> shape = tf.shape(matrix);
    Operand<TInt32> one = Constants.of(tf, new int[] {1});
    Operand<TInt32> width = tf.slice(shape, one, one);
    Operand<TFloat32> flat = tf.reshape(matrix, Constants.of(tf, new int[] {-1, 1}));
    Operand<TInt32> at = tf.math.add(tf.math.mul(rows, width), samples);
    return tf.reshape(
        tf.inplaceUpdate(flat, at, tf.expandDims(of(tf, values), Constants.of(tf, 1))), shape);
  }

  /**
   * The same values, as an operation that TensorFlow never takes for another. Two heads on the same
   * features and centers make the same products, which its optimizer of graphs would compute once
   * for both: what one of them overwrites the other would read.
   */
  static Operand<TFloat32> unmerged(Ops tf, Operand<TFloat32> values) {
    return tf.placeholderWithDefault(values, values.shape());
  }

  /** The block's matrix [C_k, N] with the labels' places replaced by values [N]. */
  Operand<TFloat32> replace(Ops tf, Operand<TFloat32> matrix, Operand<TFloat32> values) {
    return tf.tensorScatterNdUpdate(
        matrix, tf.stack(List.of(rows, samples), Stack.axis(1L)), of(tf, values));
  }
}

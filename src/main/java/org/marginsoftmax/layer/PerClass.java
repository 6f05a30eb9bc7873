package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Matrices with a row [N] for each center, in the order of the centers: the K of a class are next
 * to each other, so that they are a class's matrix [K, N] without a copy.
 */
public final class PerClass {
  private PerClass() {}

  /**
   * The rows of each class together.
   *
   * @param rows float32 [C K, N]
   * @param subcenters K, number of centers per class
   * @return float32 [C, K, N]
   */
  public static Operand<TFloat32> of(Ops tf, Operand<TFloat32> rows, int subcenters) {
    Operand<TInt32> samples =
        tf.slice(tf.shape(rows), Constants.of(tf, new int[] {1}), Constants.of(tf, new int[] {1}));
    return tf.reshape(
        rows,
        tf.concat(
            List.of(Constants.of(tf, new int[] {-1, subcenters}), samples), Constants.of(tf, 0)));
  }

  /**
   * The products of the matrices of each class, or of other groups of rows: by the version of the
   * operation that oneDNN has a kernel for, which takes a tenth less.
   *
   * @param a float32 [G, R, S]
   * @param b float32 [G, S, T], or [G, T, S] if it is to be transposed
   * @return float32 [G, R, T]
   */
  public static Operand<TFloat32> products(
      Ops tf, Operand<TFloat32> a, Operand<TFloat32> b, boolean transposed) {
    return tf.scope()
        .env()
        .opBuilder("BatchMatMulV2", tf.scope().makeOpName("BatchMatMul"), tf.scope())
        .addInput(a.asOutput())
        .addInput(b.asOutput())
        .setAttr("adj_y", transposed)
        .build()
        .output(0);
  }

  /**
   * A row for each center again.
   *
   * @param perClass float32 [C, K, N]
   * @return float32 [C K, N]
   */
  public static Operand<TFloat32> rows(Ops tf, Operand<TFloat32> perClass) {
    Operand<TInt32> samples =
        tf.slice(
            tf.shape(perClass), Constants.of(tf, new int[] {2}), Constants.of(tf, new int[] {1}));
    return tf.reshape(
        perClass,
        tf.concat(List.of(Constants.of(tf, new int[] {-1}), samples), Constants.of(tf, 0)));
  }
}

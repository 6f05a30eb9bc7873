package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * The three matrix products that a step of any head needs, and nothing else: features by centers,
 * and what comes back to both. Matrices beyond a gigabyte are not made as a whole: the products are
 * then those of several parts after one another, all with the same matrix, which is larger than any
 * cache.
 */
final class BareProducts {
  private static final long PART_BYTES = 1L << 30;

  private BareProducts() {}

  /** Number of parts that the products are taken in. */
  private static int parts(long rows, long dimension, long batch) {
    long bytes = rows * Math.max(dimension, batch) * Float.BYTES;
    return (int) ((bytes + PART_BYTES - 1) / PART_BYTES);
  }

  /** Bytes that they take beside the features: centers, their gradient and the products. */
  static long bytes(long rows, long dimension, long batch) {
    return perPart(rows, parts(rows, dimension, batch)) * (2 * dimension + batch) * Float.BYTES;
  }

  /** Rounded up, which adds less than a row to each part. */
  private static long perPart(long rows, int parts) {
    return (rows + parts - 1) / parts;
  }

  /**
   * Builds them.
   *
   * @param features float32 [N, D]
   * @param rows number of centers
   */
  static List<Op> of(Ops tf, Variables variables, Operand<TFloat32> features, long rows) {
    long dimension = features.shape().get(1);
    int parts = parts(rows, dimension, features.shape().get(0));
    Variable centers =
        variables.get(
            "rows",
            Shape.of(perPart(rows, parts), dimension),
            Variable.Role.KERNEL,
            Initializer.glorotUniform());
    List<Op> all = new ArrayList<>();
    List<Op> before = List.of();
    for (int part = 0; part < parts; part++) {
      Ops after = tf.withControlDependencies(before);
      Operand<TFloat32> w = after.identity(centers.value());
      Operand<TFloat32> products = after.linalg.matMul(features, w, MatMul.transposeB(true));
      before =
          List.of(
              after.linalg.matMul(products, w),
              after.linalg.matMul(products, features, MatMul.transposeA(true)));
      all.addAll(before);
    }
    return all;
  }
}

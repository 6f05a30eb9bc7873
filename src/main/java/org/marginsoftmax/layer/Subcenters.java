package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * Centers of a block of classes, K per class, stored class by class: those of class j are rows j K
 * to j K + K - 1 (Deng 2020, sub-center ArcFace, section 3). They are multiplied as they are
 * stored; what is of samples by centers has a row [N] for each center, in the same order.
 *
 * @param factor the centers, float32 [C_k K, D]
 * @param inverseNorms 1 / norm of the rows, float32 [C_k K, 1], 0 for one that counts as zero
 * @param perClass K
 */
record Subcenters(Factor factor, Operand<TFloat32> inverseNorms, int perClass) {

  /** Those of each block. */
  static Blocked<Subcenters> of(Centers centers) {
    return centers
        .rows()
        .map(
            (tf, rows) ->
                new Subcenters(
                    centers.factor(tf, rows),
                    tf.expandDims(Norms.inverseOfRows(tf, rows), Constants.of(tf, 1)),
                    centers.subcenters()));
  }

  /**
   * Products of vectors with the unit vectors of all centers, float32 [C_k K, N], which may be
   * overwritten.
   *
   * @param columns the vectors, [D, N]
   */
  Operand<TFloat32> products(Ops tf, Factor columns) {
    return tf.math.mul(Factor.times(tf, factor, columns), Place.unmerged(tf, inverseNorms));
  }

  /**
   * What comes back through products of vectors v_i with the unit vectors w^_j of the centers. With
   * g_ij = d loss / d product_ij, d loss / d v_i = sum_j g_ij w^_j and d loss / d w_j = sum_i g_ij
   * v_i / norm(w_j), less its part along w_j, which is known from the products.
   *
   * @param centers that this block is one of
   * @param slopes g_ij / weight_i, float32 [C_k K, N]
   * @param products float32 [C_k K, N]; not read where the slope is 0
   * @param weight of each sample, float32 [N, 1]
   * @param weighted weight_i v_i, [N, D]
   * @param factors of the centers in what comes back other than through the products, {@link
   *     CosineHead.Value#centerFactors}; null if nothing does
   * @return d loss / d v_i, less the weight of the sample, and d loss / d centers
   */
  Backwards.Block backwards(
      Ops tf,
      Centers centers,
      Operand<TFloat32> slopes,
      Operand<TFloat32> products,
      Operand<TFloat32> weight,
      Factor weighted,
      Operand<TFloat32> factors) {
    Operand<TFloat32> perNorm = tf.math.mul(slopes, inverseNorms);
    Factor perRow = centers.factor(tf, perNorm);
    Operand<TFloat32> against =
        tf.math.neg(
            tf.math.mul(inverseNorms, tf.linalg.matMul(tf.math.mul(perNorm, products), weight)));
    return new Backwards.Block(
        Factor.transposedTimes(tf, perRow, factor),
        Factor.timesPlus(
            tf,
            perRow,
            weighted,
            factors == null
                ? tf.math.mul(factor.values(), against)
                : combined(tf, factors, against)));
  }

  /**
   * Sums of the centers of each group.
   *
   * @param factors float32 [G, R, R]
   * @param own further factor of each center itself, float32 [C_k K, 1]
   * @return float32 [C_k K, D]
   */
  private Operand<TFloat32> combined(Ops tf, Operand<TFloat32> factors, Operand<TFloat32> own) {
    long rows = factors.shape().get(2);
    long depth = factor.values().shape().get(1);
    Operand<TFloat32> diagonal =
        tf.math.mul(
            tf.reshape(own, Constants.of(tf, new int[] {-1, (int) rows, 1})),
            Constants.identity(tf, (int) rows));
    Operand<TFloat32> groups =
        tf.reshape(factor.values(), Constants.of(tf, new int[] {-1, (int) rows, (int) depth}));
    return tf.reshape(
        PerClass.products(tf, tf.math.add(factors, diagonal), groups, false),
        Constants.of(tf, new int[] {-1, (int) depth}));
  }

  /** The largest product of each class. */
  Nearest nearest(Ops tf, Operand<TFloat32> products) {
    if (perClass == 1) {
      return new Nearest(products, List.of());
    }
    List<? extends Operand<TFloat32>> each =
        tf.unstack(PerClass.of(tf, products, perClass), (long) perClass, Unstack.axis(1L)).output();
    Operand<TFloat32> largest = each.get(0);
    List<Operand<TBool>> exceeds = new ArrayList<>();
    for (Operand<TFloat32> next : each.subList(1, perClass)) {
      exceeds.add(tf.math.greater(next, largest));
      largest = tf.math.maximum(next, largest);
    }
    return new Nearest(largest, exceeds);
  }

  /**
   * The product of each vector with the nearest center of each class.
   *
   * @param largest float32 [C_k, N]
   * @param exceeds for the second to last of a class's centers, where its product exceeds those of
   *     the centers before it, [C_k, N]: of several that are equal the first is the nearest
   */
  record Nearest(Operand<TFloat32> largest, List<Operand<TBool>> exceeds) {
    /**
     * Gives each class's values to its nearest center, and 0 to the others.
     *
     * @param values float32 [C_k, N]
     * @return float32 [C_k K, N]
     */
    Operand<TFloat32> spread(Ops tf, Operand<TFloat32> values) {
      if (exceeds.isEmpty()) {
        return values;
      }
      Operand<TFloat32> zero = Constants.of(tf, 0f);
      List<Operand<TFloat32>> each = new ArrayList<>();
      Operand<TFloat32> rest = values;
      for (int k = exceeds.size() - 1; k >= 0; k--) {
        each.add(0, tf.select(exceeds.get(k), rest, zero));
        rest = tf.select(exceeds.get(k), zero, rest);
      }
      each.add(0, rest);
      return PerClass.rows(tf, tf.stack(each, Stack.axis(1L)));
    }
  }
}

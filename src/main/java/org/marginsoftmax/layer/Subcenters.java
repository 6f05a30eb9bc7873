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
 * The centers, K per class, stored class by class: those of class j are rows j K to j K + K - 1
 * (Deng 2020, sub-center ArcFace, section 3). Computations use K matrices, each with the k-th
 * centers of all classes, whose products with features are matrices [C, N].
 *
 * @param matrices K of them, float32 [C, D]
 * @param inverseNorms 1 / norm of their rows, [C] each
 */
record Subcenters(List<Operand<TFloat32>> matrices, List<Operand<TFloat32>> inverseNorms) {

  /**
   * The product of each feature with each class: the largest of those with the class's centers.
   *
   * @param largest float32 [C, N], or [N, C] as the products are
   * @param winners for each of the K centers of a class, where its product is the largest (the
   *     first, if several are equal), of the same shape; null for K = 1
   */
  record Merged(Operand<TFloat32> largest, List<Operand<TBool>> winners) {
    /** Values where the k-th center of a class won, else 0. */
    Operand<TFloat32> ofWinner(Ops tf, Operand<TFloat32> values, int k) {
      return winners == null ? values : tf.select(winners.get(k), values, tf.constant(0f));
    }
  }

  /**
   * Splits the centers as stored.
   *
   * @param centers float32 [C K, D]
   */
  static Subcenters of(Ops tf, Operand<TFloat32> centers, int perClass) {
    Operand<TFloat32> inverse = Norms.inverseOfRows(tf, centers);
    if (perClass == 1) {
      return new Subcenters(List.of(centers), List.of(inverse));
    }
    long depth = centers.shape().get(1);
    return new Subcenters(
        List.copyOf(
            tf.unstack(
                    tf.reshape(centers, tf.array(-1L, perClass, depth)),
                    (long) perClass,
                    Unstack.axis(1L))
                .output()),
        List.copyOf(
            tf.unstack(
                    tf.reshape(inverse, tf.array(-1, perClass)), (long) perClass, Unstack.axis(1L))
                .output()));
  }

  /**
   * Products of rows with the unit vectors of all centers, K matrices [N, C].
   *
   * @param rows float32 [N, D]
   */
  List<Operand<TFloat32>> ofRows(Ops tf, Operand<TFloat32> rows) {
    List<Operand<TFloat32>> products = new ArrayList<>();
    for (int k = 0; k < matrices.size(); k++) {
      products.add(tf.math.mul(Products.times(tf, rows, matrices.get(k)), inverseNorms.get(k)));
    }
    return products;
  }

  /** The largest product of each class. */
  static Merged merge(Ops tf, List<Operand<TFloat32>> products) {
    Operand<TFloat32> largest = products.get(0);
    if (products.size() == 1) {
      return new Merged(largest, null);
    }
    for (Operand<TFloat32> next : products.subList(1, products.size())) {
      largest = tf.math.maximum(largest, next);
    }
    List<Operand<TBool>> winners = new ArrayList<>();
    Operand<TBool> taken = null;
    for (Operand<TFloat32> each : products) {
      Operand<TBool> equal = tf.math.equal(each, largest);
      winners.add(taken == null ? equal : tf.math.logicalAnd(equal, tf.math.logicalNot(taken)));
      taken = taken == null ? equal : tf.math.logicalOr(taken, equal);
    }
    return new Merged(largest, winners);
  }

  /** One matrix [C K, D], class by class, of K matrices [C, D]. */
  static Operand<TFloat32> join(Ops tf, List<Operand<TFloat32>> each) {
    return each.size() == 1
        ? each.get(0)
        : tf.reshape(tf.stack(each, Stack.axis(1L)), tf.array(-1L, each.get(0).shape().get(1)));
  }
}

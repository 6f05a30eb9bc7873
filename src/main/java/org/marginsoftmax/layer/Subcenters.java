package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Several centres a class, stored class by class: those of class j are rows j K to j K + K - 1
 * (Deng 2020, sub-centre ArcFace, eq. 3). A class's product with a feature is the largest of its
 * centres'; the first of equal ones wins.
 *
 * @param products the largest of each class, float32 [N, C]
 * @param winners for each of the K centres of a class, where it is the one, [N, C] each
 */
record Subcenters(Operand<TFloat32> products, List<Operand<TBool>> winners) {

  /**
   * The largest product of each class.
   *
   * @param all float32 [N, C K]
   */
  static Subcenters merge(Ops tf, Operand<TFloat32> all, int perClass) {
    long classes = all.shape().get(1) / perClass;
    Operand<TFloat32> byClass = tf.reshape(all, tf.array(-1L, classes, perClass));
    List<Output<TFloat32>> each = tf.unstack(byClass, (long) perClass, Unstack.axis(2L)).output();
    Operand<TFloat32> largest = each.get(0);
    for (Operand<TFloat32> next : each.subList(1, perClass)) {
      largest = tf.math.maximum(largest, next);
    }
    List<Operand<TBool>> winners = new ArrayList<>();
    Operand<TBool> taken = null;
    for (Operand<TFloat32> products : each) {
      Operand<TBool> equal = tf.math.equal(products, largest);
      winners.add(taken == null ? equal : tf.math.logicalAnd(equal, tf.math.logicalNot(taken)));
      taken = taken == null ? equal : tf.math.logicalOr(taken, equal);
    }
    return new Subcenters(largest, winners);
  }

  /** Gives each class's value to the centre that won, 0 to the others. [N, C] to [N, C K]. */
  Operand<TFloat32> expand(Ops tf, Operand<TFloat32> values) {
    List<Operand<TFloat32>> each = new ArrayList<>();
    for (Operand<TBool> winner : winners) {
      each.add(tf.select(winner, values, tf.constant(0f)));
    }
    return tf.reshape(
        tf.stack(each, Stack.axis(2L)), tf.array(-1L, products.shape().get(1) * winners.size()));
  }

  /**
   * The row of the label's nearest centre, found in float64, int32 [N].
   *
   * @param features float32 [N, D]
   * @param centers float32 [C K, D]
   */
  static Operand<TInt32> nearestOfLabel(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      int perClass) {
    Operand<TInt32> first = tf.math.mul(labels, tf.constant(perClass));
    Operand<TInt32> rows =
        tf.math.add(
            tf.expandDims(first, tf.constant(1)),
            tf.range(tf.constant(0), tf.constant(perClass), tf.constant(1)));
    Operand<TFloat64> w = tf.dtypes.cast(tf.gather(centers, rows, tf.constant(0)), TFloat64.class);
    Operand<TFloat64> x = tf.expandDims(tf.dtypes.cast(features, TFloat64.class), tf.constant(1));
    Operand<TFloat64> inverse =
        Norms.inverse(tf, tf.reduceSum(tf.math.square(w), tf.constant(2)), TFloat64.class);
    Operand<TFloat64> projections =
        tf.math.mul(tf.reduceSum(tf.math.mul(x, w), tf.constant(2)), inverse);
    return tf.math.add(first, tf.math.argMax(projections, tf.constant(1), TInt32.class));
  }
}

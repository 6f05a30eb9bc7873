package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The products a_i cos(theta_ij) of features with all centers, forwards and backwards.
 *
 * @param perSample a_i, float64 [N]
 * @param features a_i x^_i, float32 [N, D]
 * @param centers of all classes
 * @param each products with the k-th centers of all classes, K matrices [N, C]
 * @param merged those with the nearest center of each class
 */
record ClassProducts(
    Operand<TFloat64> perSample,
    Operand<TFloat32> features,
    Subcenters centers,
    List<Operand<TFloat32>> each,
    Subcenters.Merged merged) {

  /**
   * Gradients by way of the products, the label's own apart.
   *
   * @param features d loss / d (a_i x^_i), not yet tangent, float64 [N, D]
   * @param centers d loss / d centers, K matrices [C, D]
   */
  record Gradients(Operand<TFloat64> features, List<Operand<TFloat32>> centers) {}

  static ClassProducts of(
      Ops tf, LabelColumn column, Operand<TFloat64> perSample, Subcenters centers) {
    Operand<TFloat32> features = scaled(tf, column, perSample);
    List<Operand<TFloat32>> each = centers.products(tf, features);
    return new ClassProducts(perSample, features, centers, each, Subcenters.merge(tf, each));
  }

  /** With every a_i times a factor, float64 []. */
  ClassProducts rescaled(Ops tf, LabelColumn column, Operand<TFloat64> factor) {
    Operand<TFloat64> a = tf.math.mul(perSample, factor);
    Operand<TFloat32> factor32 = tf.dtypes.cast(factor, TFloat32.class);
    List<Operand<TFloat32>> products =
        each.stream().<Operand<TFloat32>>map(p -> tf.math.mul(p, factor32)).toList();
    return new ClassProducts(
        a, scaled(tf, column, a), centers, products, Subcenters.merge(tf, products));
  }

  /**
   * Backwards: g_ij = d loss / d product_ij = weight_i perWeight_ij slope_ij.
   *
   * @param slope d logit_ij / d product_ij, float32 [N, C]; null for 1
   */
  Gradients backwards(
      Ops tf,
      SoftmaxCrossEntropy crossEntropy,
      SoftmaxCrossEntropy.Gradient gradient,
      Operand<TFloat32> slope) {
    Operand<TFloat32> perProduct = gradient.perWeight();
    if (slope != null) {
      perProduct = tf.math.mul(perProduct, slope);
    }
    Operand<TFloat32> weight = tf.dtypes.cast(gradient.weight(), TFloat32.class);
    Operand<TFloat32> weighted = tf.math.mul(features, tf.expandDims(weight, tf.constant(1)));
    List<Operand<TFloat32>> pulls = new ArrayList<>();
    List<Operand<TFloat32>> perCenter = new ArrayList<>();
    for (int k = 0; k < each.size(); k++) {
      Operand<TFloat32> matrix = centers.matrices().get(k);
      Operand<TFloat32> inverse = centers.inverseNorms().get(k);
      Operand<TFloat32> ofWinner = merged.ofWinner(tf, perProduct, k);
      // After the sum over the exponentials, and so in their place.
      Operand<TFloat32> perNorm =
          tf.withControlDependencies(crossEntropy.sum()).math.mul(ofWinner, inverse);
      pulls.add(tf.linalg.matMul(perNorm, matrix));
      // dW_j = sum_i g_ij a_i x^_i / norm(w_j), less its part along w_j. The label's column is 0 in
      // perNorm, whatever the products have there.
      Operand<TFloat32> products = areLogits(slope) ? crossEntropy.logits() : each.get(k);
      Operand<TFloat32> along =
          tf.math.mul(inverse, Products.rowTimes(tf, weight, tf.math.mul(perNorm, products)));
      perCenter.add(
          tf.math.sub(
              Products.transposedTimes(tf, perNorm, weighted),
              tf.math.mul(matrix, tf.expandDims(along, tf.constant(1)))));
    }
    Operand<TFloat32> pull = pulls.size() == 1 ? pulls.get(0) : tf.math.addN(pulls);
    return new Gradients(
        tf.math.mul(
            tf.dtypes.cast(pull, TFloat64.class), LabelColumn.column(tf, gradient.weight())),
        perCenter);
  }

  /**
   * The products with the classes other than the label; the column of the label holds {@link
   * SoftmaxCrossEntropy#EXCLUDED}.
   */
  Operand<TFloat32> others(
      Ops tf, LabelIndex label, SoftmaxCrossEntropy crossEntropy, Operand<TFloat32> slope) {
    return areLogits(slope)
        ? crossEntropy.logits()
        : label.replace(
            tf,
            merged.largest(),
            tf.fill(tf.shape(perSample), tf.constant(SoftmaxCrossEntropy.EXCLUDED)));
  }

  /** Whether the other classes' logits are the products themselves, which saves a matrix. */
  private boolean areLogits(Operand<TFloat32> slope) {
    return each.size() == 1 && slope == null;
  }

  private static Operand<TFloat32> scaled(Ops tf, LabelColumn column, Operand<TFloat64> perSample) {
    return tf.dtypes.cast(
        tf.math.mul(column.features(), LabelColumn.column(tf, perSample)), TFloat32.class);
  }
}

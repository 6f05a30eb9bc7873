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
 * @param blocks products with each block of classes
 */
record ClassProducts(
    Operand<TFloat64> perSample,
    Operand<TFloat32> features,
    Centers centers,
    Blocked<Block> blocks) {

  /**
   * Products with the classes of a block.
   *
   * @param centers of these classes
   * @param factors their matrices, as factors
   * @param each products with the k-th centers of the classes, K matrices [C_k, N]
   * @param merged those with the nearest center of each class
   */
  record Block(
      Subcenters centers,
      List<Factor> factors,
      List<Operand<TFloat32>> each,
      Subcenters.Merged merged) {
    private static Block of(
        Ops tf, Subcenters centers, List<Factor> factors, List<Operand<TFloat32>> each) {
      return new Block(centers, factors, each, Subcenters.merge(tf, each));
    }

    private static Block of(Ops tf, Subcenters of, Centers centers, Factor columns) {
      List<Factor> factors = of.matrices().stream().map(w -> centers.factor(tf, w)).toList();
      List<Operand<TFloat32>> each = new ArrayList<>();
      for (int k = 0; k < factors.size(); k++) {
        each.add(
            tf.math.mul(
                Factor.times(tf, factors.get(k), columns),
                tf.expandDims(of.inverseNorms().get(k), tf.constant(1))));
      }
      return of(tf, of, factors, each);
    }
  }

  static ClassProducts of(
      Ops tf, LabelColumn column, Operand<TFloat64> perSample, Centers centers) {
    Operand<TFloat32> features = scaled(tf, column, perSample);
    Factor columns = centers.factor(tf, Products.transposed(tf, features));
    return new ClassProducts(
        perSample,
        features,
        centers,
        centers.perClass().map((own, c) -> Block.of(own, c, centers, columns)));
  }

  /** With every a_i times a factor, float64 []. */
  ClassProducts rescaled(Ops tf, LabelColumn column, Operand<TFloat64> factor) {
    Operand<TFloat64> a = tf.math.mul(perSample, factor);
    Operand<TFloat32> factor32 = tf.dtypes.cast(factor, TFloat32.class);
    return new ClassProducts(
        a,
        scaled(tf, column, a),
        centers,
        blocks.map(
            (own, block) ->
                Block.of(
                    own,
                    block.centers,
                    block.factors,
                    block.each.stream()
                        .<Operand<TFloat32>>map(p -> own.math.mul(p, factor32))
                        .toList())));
  }

  /** The products with the nearest center of each class, of each block, float32 [C_k, N]. */
  Blocked<Operand<TFloat32>> largest() {
    return blocks.map((own, block) -> block.merged.largest());
  }

  /** The largest product with a class other than the label, float32 [N]. */
  Operand<TFloat32> largest(Ops tf, Blocked<Place> places) {
    Operand<TFloat32> excluded =
        tf.fill(tf.shape(perSample), tf.constant(SoftmaxCrossEntropy.EXCLUDED));
    return largest()
        .with(places, (own, product, place) -> place.replace(own, product, excluded))
        .largest(tf, SoftmaxCrossEntropy::largest);
  }

  /**
   * Backwards: g_ij = d loss / d product_ij = weight_i perWeight_ji slope_ji. What comes back to
   * the features is d loss / d (a_i x^_i) less the weight of the sample.
   *
   * @param slope d logit / d product of each block, float32 [C_k, N]; null for 1
   */
  Blocked<Backwards.Block> backwards(
      Ops tf,
      SoftmaxCrossEntropy crossEntropy,
      SoftmaxCrossEntropy.Gradient gradient,
      Blocked<Operand<TFloat32>> slope) {
    Operand<TFloat32> weight =
        tf.dtypes.cast(LabelColumn.column(tf, gradient.weight()), TFloat32.class);
    Factor weighted = centers.factor(tf, tf.math.mul(features, weight));
    return blocks
        .with(gradient.perWeight(), (own, block, perWeight) -> new Forward(block, perWeight, false))
        .with(slope, (own, forward, perProduct) -> forward.times(own, perProduct))
        .with(
            crossEntropy.others(),
            (own, forward, others) ->
                forward.backwards(own, centers, others.logits(), weight, weighted));
  }

  /**
   * A block, and d loss / d product of each of its classes, less the weight of the sample.
   *
   * @param perProduct float32 [C_k, N]; 0 at the labels, whatever the products have there
   * @param areLogits whether the other classes' logits are the products themselves, which saves a
   *     matrix
   */
  private record Forward(Block block, Operand<TFloat32> perProduct, boolean areLogits) {
    Forward times(Ops tf, Operand<TFloat32> slope) {
      return slope == null
          ? new Forward(block, perProduct, block.each.size() == 1)
          : new Forward(block, tf.math.mul(perProduct, slope), false);
    }

    Backwards.Block backwards(
        Ops tf,
        Centers centers,
        Operand<TFloat32> logits,
        Operand<TFloat32> weight,
        Factor weighted) {
      List<Operand<TFloat32>> pulls = new ArrayList<>();
      List<Operand<TFloat32>> perCenter = new ArrayList<>();
      for (int k = 0; k < block.each.size(); k++) {
        Operand<TFloat32> matrix = block.centers.matrices().get(k);
        Operand<TFloat32> inverse =
            tf.expandDims(block.centers.inverseNorms().get(k), tf.constant(1));
        Operand<TFloat32> perNorm = tf.math.mul(block.merged.ofWinner(tf, perProduct, k), inverse);
        Factor factor = centers.factor(tf, perNorm);
        pulls.add(Factor.transposedTimes(tf, factor, block.factors.get(k)));
        // dW_j = sum_i g_ij a_i x^_i / norm(w_j), less its part along w_j.
        Operand<TFloat32> products = areLogits ? logits : block.each.get(k);
        Operand<TFloat32> along =
            tf.math.mul(inverse, tf.linalg.matMul(tf.math.mul(perNorm, products), weight));
        perCenter.add(tf.math.sub(Factor.times(tf, factor, weighted), tf.math.mul(matrix, along)));
      }
      return new Backwards.Block(
          pulls.size() == 1 ? pulls.get(0) : tf.math.addN(pulls), Subcenters.join(tf, perCenter));
    }
  }

  private static Operand<TFloat32> scaled(Ops tf, LabelColumn column, Operand<TFloat64> perSample) {
    return tf.dtypes.cast(
        tf.math.mul(column.features(), LabelColumn.column(tf, perSample)), TFloat32.class);
  }
}

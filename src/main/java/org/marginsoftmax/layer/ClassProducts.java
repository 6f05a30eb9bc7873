package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The products a_i cos(theta_ij) of features with all centers, forwards and backwards.
 *
 * @param perSample a_i, float64 [N]
 * @param features a_i x^_i as first scaled, float32 [N, D]
 * @param factor that they have been scaled by since, float32 []; null for none
 * @param centers of all classes
 * @param blocks products with each block of classes
 */
record ClassProducts(
    Operand<TFloat64> perSample,
    Operand<TFloat32> features,
    Operand<TFloat32> factor,
    Centers centers,
    Blocked<Block> blocks) {

  /**
   * Products with the classes of a block.
   *
   * @param centers of these classes
   * @param all products with them, float32 [C_k K, N]
   * @param nearest those with the nearest center of each class
   */
  record Block(Subcenters centers, Operand<TFloat32> all, Subcenters.Nearest nearest) {
    private static Block of(Ops tf, Subcenters centers, Operand<TFloat32> all) {
      return new Block(centers, all, centers.nearest(tf, all));
    }
  }

  static ClassProducts of(
      Ops tf, LabelColumn column, Operand<TFloat64> perSample, Centers centers) {
    Operand<TFloat32> features =
        tf.dtypes.cast(
            tf.math.mul(column.features(), LabelColumn.column(tf, perSample)), TFloat32.class);
    Blocked<Factor> columns = centers.factors(features, Products::transposed);
    return new ClassProducts(
        perSample,
        features,
        null,
        centers,
        Subcenters.of(centers)
            .with(
                columns,
                (own, block, vectors) -> Block.of(own, block, block.products(own, vectors))));
  }

  /** With every a_i times a factor, float64 []. */
  ClassProducts rescaled(Ops tf, Operand<TFloat64> factor) {
    Operand<TFloat32> factor32 = tf.dtypes.cast(factor, TFloat32.class);
    return new ClassProducts(
        tf.math.mul(perSample, factor),
        features,
        factor32,
        centers,
        blocks.map(
            (own, block) -> Block.of(own, block.centers, own.math.mul(block.all, factor32))));
  }

  /** The products with the nearest center of each class, of each block, float32 [C_k, N]. */
  Blocked<Operand<TFloat32>> largest() {
    return blocks.map((own, block) -> block.nearest.largest());
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
    Operand<TFloat32> perFeature = factor == null ? weight : tf.math.mul(weight, factor);
    Blocked<Factor> weighted =
        centers.factors(features, (own, all) -> own.math.mul(all, perFeature));
    return blocks
        .with(weighted, (own, block, vectors) -> new Forward(block, vectors, null, false))
        .with(gradient.perWeight(), (own, forward, perWeight) -> forward.with(perWeight, false))
        .with(slope, (own, forward, perProduct) -> forward.times(own, perProduct))
        .with(
            crossEntropy.others(),
            (own, forward, others) -> forward.backwards(own, centers, others.logits(), weight));
  }

  /**
   * A block, and d loss / d product of each of its classes, less the weight of the sample.
   *
   * @param weighted a_i x^_i times the weight of the sample, [N, D]
   * @param perProduct float32 [C_k, N]; 0 at the labels, whatever the products have there
   * @param areLogits whether the other classes' logits are the products themselves, which saves a
   *     matrix
   */
  private record Forward(
      Block block, Factor weighted, Operand<TFloat32> perProduct, boolean areLogits) {
    Forward with(Operand<TFloat32> perProduct, boolean areLogits) {
      return new Forward(block, weighted, perProduct, areLogits);
    }

    Forward times(Ops tf, Operand<TFloat32> slope) {
      return slope == null
          ? with(perProduct, block.centers.perClass() == 1)
          : with(tf.math.mul(perProduct, slope), false);
    }

    Backwards.Block backwards(
        Ops tf, Centers centers, Operand<TFloat32> logits, Operand<TFloat32> weight) {
      return block.centers.backwards(
          tf,
          centers,
          block.nearest.spread(tf, perProduct),
          areLogits ? logits : block.all,
          weight,
          weighted,
          null);
    }
  }
}

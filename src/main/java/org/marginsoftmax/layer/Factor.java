package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * A matrix, images or the kernel of a convolution as a factor of products, rounded once for all of
 * them.
 *
 * @param precision of the products
 * @param values float32, as they are
 * @param rounded what is multiplied; null to multiply the values themselves
 */
record Factor(Precision precision, Operand<TFloat32> values, Operand<TBfloat16> rounded) {
  static Factor of(Ops tf, Precision precision, Operand<TFloat32> values) {
    return new Factor(precision, values, precision.rounds() ? rounded(tf, values) : null);
  }

  /** a b, both of the same precision. */
  static Operand<TFloat32> times(Ops tf, Factor a, Factor b) {
    return product(tf, a, b, MatMul.transposeA(false));
  }

  /**
   * a b + c, a and b of the same precision.
   *
   * @param c may be overwritten
   */
  static Operand<TFloat32> timesPlus(Ops tf, Factor a, Factor b, Operand<TFloat32> c) {
    if (a.precision != Precision.FLOAT32_BY_ONEDNN) {
      return tf.math.add(times(tf, a, b), c);
    }
    // TensorFlow's optimizer of graphs makes this operation of a product, a bias and a sum, but of
    // none that has control dependencies.
    Operand<TFloat32> noBias = Constants.filled(tf, new long[] {c.shape().get(1)}, 0);
    return tf.scope()
        .env()
        .opBuilder("_FusedMatMul", tf.scope().makeOpName("FusedMatMul"), tf.scope())
        .addInput(a.values.asOutput())
        .addInput(b.values.asOutput())
        .addInputList(new Output<?>[] {noBias.asOutput(), c.asOutput()})
        .setAttr("fused_ops", new String[] {"BiasAdd", "Add"})
        .build()
        .output(0);
  }

  /** a^T b, both of the same precision. */
  static Operand<TFloat32> transposedTimes(Ops tf, Factor a, Factor b) {
    return product(tf, a, b, MatMul.transposeA(true));
  }

  /**
   * A convolution.
   *
   * @param down stride along the height
   * @param across stride along the width
   * @param padding SAME or VALID
   */
  static Operand<TFloat32> convolved(
      Ops tf,
      Precision precision,
      Operand<TFloat32> x,
      Operand<TFloat32> weights,
      long down,
      long across,
      String padding) {
    Factor images = of(tf, precision, x);
    Factor kernel = of(tf, precision, weights);
    List<Long> strides = List.of(1L, down, across, 1L);
    return switch (images.precision) {
      case FLOAT32, FLOAT32_BY_ONEDNN ->
          tf.nn.conv2d(images.values, kernel.values, strides, padding);
      case BFLOAT16 -> widened(tf, tf.nn.conv2d(images.rounded, kernel.rounded, strides, padding));
      case BFLOAT16_BY_FLOAT32 ->
          widened(
              tf,
              rounded(
                  tf,
                  tf.nn.conv2d(
                      widened(tf, images.rounded), widened(tf, kernel.rounded), strides, padding)));
    };
  }

  private static Operand<TFloat32> product(Ops tf, Factor a, Factor b, MatMul.Options options) {
    return switch (a.precision) {
      case FLOAT32, FLOAT32_BY_ONEDNN -> tf.linalg.matMul(a.values, b.values, options);
      case BFLOAT16 -> widened(tf, tf.linalg.matMul(a.rounded, b.rounded, options));
      case BFLOAT16_BY_FLOAT32 ->
          widened(
              tf,
              rounded(
                  tf, tf.linalg.matMul(widened(tf, a.rounded), widened(tf, b.rounded), options)));
    };
  }

  private static Operand<TBfloat16> rounded(Ops tf, Operand<TFloat32> values) {
    return tf.dtypes.cast(values, TBfloat16.class);
  }

  private static Operand<TFloat32> widened(Ops tf, Operand<TBfloat16> values) {
    return tf.dtypes.cast(values, TFloat32.class);
  }
}

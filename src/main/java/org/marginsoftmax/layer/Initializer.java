package org.marginsoftmax.layer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Gives the initial value of a variable. It is a function of the variable's shape and name and of
 * the run's seed, so that it does not depend on the order in which variables are created or
 * initialised.
 *
 * <p>VarianceScaling of TensorFlow Framework 1.0.0 is not used because it counts the input channels
 * of a convolution kernel twice.
 */
@FunctionalInterface
public interface Initializer {
  /** The initial value, float32 of the given, fully known shape. */
  Operand<TFloat32> value(Ops tf, Shape shape, long seed, String name);

  /** Sets every element to the same value. */
  static Initializer constant(float value) {
    return (tf, shape, seed, name) -> tf.fill(tf.constant(shape), tf.constant(value));
  }

  /**
   * The value that a checkpoint has under a key.
   *
   * @param checkpoint prefix of its files
   */
  static Initializer saved(Path checkpoint, String key) {
    return (tf, shape, seed, name) -> tf.ensureShape(Saved.value(tf, checkpoint, key), shape);
  }

  /**
   * Some rows from a checkpoint, the others from another initializer; for a matrix.
   *
   * @param checkpoint prefix of its files
   * @param from rows of the saved matrix, in the order of {@code to}
   * @param to rows that are given these values
   */
  static Initializer savedRows(
      Path checkpoint, String key, int[] from, int[] to, Initializer others) {
    return (tf, shape, seed, name) ->
        to.length == 0
            ? others.value(tf, shape, seed, name)
            : tf.tensorScatterNdUpdate(
                others.value(tf, shape, seed, name),
                tf.reshape(tf.constant(to), tf.array(-1, 1)),
                tf.gather(Saved.value(tf, checkpoint, key), tf.constant(from), tf.constant(0)));
  }

  /** Uniform in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010, eq. 16). */
  static Initializer glorotUniform() {
    return (tf, shape, seed, name) ->
        uniform(Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape)))).value(tf, shape, seed, name);
  }

  /** Uniform in +-limit. */
  static Initializer uniform(double limit) {
    return (tf, shape, seed, name) -> {
      Operand<TFloat32> unit =
          tf.random.statelessRandomUniform(tf.constant(shape), stream(tf, seed, name));
      return tf.math.sub(
          tf.math.mul(unit, tf.constant((float) (2 * limit))), tf.constant((float) limit));
    };
  }

  /** Normal with this standard deviation. */
  static Initializer normal(double deviation) {
    return (tf, shape, seed, name) ->
        tf.math.mul(
            tf.random.statelessRandomNormal(tf.constant(shape), stream(tf, seed, name)),
            tf.constant((float) deviation));
  }

  /**
   * Normal with variance 2 / fan out, not truncated: PyTorch's {@code kaiming_normal_} with {@code
   * mode="fan_out"}.
   *
   * @param fanOut filters times pixels of the kernel
   */
  static Initializer kaimingNormal(long fanOut) {
    return normal(Math.sqrt(2.0 / fanOut));
  }

  /**
   * Normal with variance 2 / fan in (He 2015, eq. 10), truncated at two standard deviations and
   * widened by 1/0.8796 so that the truncated distribution has that variance.
   */
  static Initializer heNormal() {
    return (tf, shape, seed, name) -> {
      double deviation = Math.sqrt(2.0 / fanIn(shape)) / 0.87962566103423978;
      return tf.math.mul(
          tf.random.statelessTruncatedNormal(tf.constant(shape), stream(tf, seed, name)),
          tf.constant((float) deviation));
    };
  }

  /** Inputs to one output: of [h, w, in, out] h w in, of [in, out] in. */
  static long fanIn(Shape shape) {
    return receptiveField(shape) * shape.get(shape.numDimensions() - 2);
  }

  /** Outputs of one input: of [h, w, in, out] h w out, of [in, out] out. */
  static long fanOut(Shape shape) {
    return receptiveField(shape) * shape.get(shape.numDimensions() - 1);
  }

  private static long receptiveField(Shape shape) {
    long field = 1;
    for (int i = 0; i < shape.numDimensions() - 2; i++) {
      field *= shape.get(i);
    }
    return field;
  }

  /** Where the draws for a name begin. */
  static long stream(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  private static Operand<TInt64> stream(Ops tf, long seed, String name) {
    return tf.constant(new long[] {seed, stream(name)});
  }
}

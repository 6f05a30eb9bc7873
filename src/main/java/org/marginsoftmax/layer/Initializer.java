package org.marginsoftmax.layer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
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
  /** Class centers per dimension up to which their first norm falls with their number. */
  long GLOROT_UP_TO = 10;

  /** The initial value, float32 of the given, fully known shape. */
  Operand<TFloat32> value(Ops tf, Shape shape, long seed, String name);

  /**
   * An initializer that makes some rows of a matrix without the others, so that a matrix in parts
   * never exists as a whole.
   *
   * @param whole makes all of it
   * @param some makes some of its rows, with the very same values
   */
  record ByRows(Initializer whole, Some some) implements Initializer {
    /** Makes some rows of a matrix. */
    @FunctionalInterface
    public interface Some {
      /**
       * Some rows of the initial value, float32 [rows, D].
       *
       * @param whole shape of the matrix, [R, D]
       * @param from first row, counted from 0
       * @param rows how many, at least 1
       * @param seed of the run
       * @param name of the matrix
       */
      Operand<TFloat32> value(Ops tf, Shape whole, long from, long rows, long seed, String name);
    }

    @Override
    public Operand<TFloat32> value(Ops tf, Shape shape, long seed, String name) {
      return whole.value(tf, shape, seed, name);
    }
  }

  /** Sets every element to the same value. */
  static Initializer constant(float value) {
    return new ByRows(
        (tf, shape, seed, name) -> filled(tf, shape, value),
        (tf, whole, from, rows, seed, name) -> filled(tf, Shape.of(rows, whole.get(1)), value));
  }

  private static Operand<TFloat32> filled(Ops tf, Shape shape, float value) {
    return tf.fill(atRunTime(tf, Constants.of(tf, shape.asArray())), Constants.of(tf, value));
  }

  /**
   * The value that a checkpoint has under a key.
   *
   * @param checkpoint prefix of its files
   */
  static Initializer saved(Path checkpoint, String key) {
    return new ByRows(
        (tf, shape, seed, name) -> tf.ensureShape(Saved.value(tf, checkpoint, key), shape),
        (tf, whole, from, rows, seed, name) -> Saved.rows(tf, checkpoint, key, whole, from, rows));
  }

  /**
   * Some rows from a checkpoint, the others from another initializer; for a matrix.
   *
   * @param checkpoint prefix of its files
   * @param saved number of rows of the saved matrix
   * @param from rows of the saved matrix, in the order of {@code to}
   * @param to rows that are given these values
   */
  static Initializer savedRows(
      Path checkpoint, String key, long saved, int[] from, int[] to, Initializer others) {
    SavedRows all = new SavedRows(checkpoint, key, saved, from, to);
    Initializer whole =
        (tf, shape, seed, name) -> all.over(tf, others.value(tf, shape, seed, name));
    return others instanceof ByRows rest
        ? new ByRows(
            whole,
            (tf, shape, first, rows, seed, name) ->
                all.within(first, rows)
                    .over(tf, rest.some().value(tf, shape, first, rows, seed, name)))
        : whole;
  }

  /** Uniform in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010, eq. 16). */
  static Initializer glorotUniform() {
    return uniform(shape -> Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape))));
  }

  /**
   * First class centers, for a matrix [C K, D]: uniform in +-sqrt(6 / (D + min(C K, 10 D))). That
   * is {@link #glorotUniform} for up to 10 D centers. With more, Glorot's limit goes on falling,
   * and with it the norm of a center: to 0.03 at a million classes and D 512. Where logits are of
   * the angle, the gradient of a center is as its reciprocal, so that a step of gradient descent
   * turns the center by the learning rate over the square of its norm, there a thousand times the
   * learning rate. Here the norm is sqrt(2 D / (D + min(C K, 10 D))), which is never below 0.43,
   * whatever the number of classes.
   */
  static Initializer classCenters() {
    return uniform(
        shape -> {
          long dimension = shape.get(1);
          return Math.sqrt(6.0 / (dimension + Math.min(shape.get(0), GLOROT_UP_TO * dimension)));
        });
  }

  /** Uniform in +-limit. */
  static Initializer uniform(double limit) {
    return uniform(shape -> limit);
  }

  private static Initializer uniform(ToDoubleFunction<Shape> limit) {
    return new ByRows(
        (tf, shape, seed, name) ->
            within(
                tf,
                limit.applyAsDouble(shape),
                tf.random.statelessRandomUniform(tf.constant(shape), stream(tf, seed, name))),
        (tf, whole, from, rows, seed, name) -> {
          long columns = whole.get(1);
          Operand<TFloat32> drawn =
              UniformDraw.of(tf, stream(tf, seed, name), from * columns, rows * columns);
          return within(
              tf,
              limit.applyAsDouble(whole),
              tf.reshape(drawn, Constants.of(tf, new long[] {rows, columns})));
        });
  }

  /** From 0..1 to +-limit. */
  private static Operand<TFloat32> within(Ops tf, double limit, Operand<TFloat32> unit) {
    return tf.math.sub(
        tf.math.mul(unit, Constants.of(tf, (float) (2 * limit))), Constants.of(tf, (float) limit));
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
    return atRunTime(tf, Constants.of(tf, new long[] {seed, stream(name)}));
  }

  /**
   * The same numbers, which TensorFlow does not know before a run. From constants it would compute
   * all first values when it prepares the graph, and keep those of up to 10 MB for good.
   */
  private static Operand<TInt64> atRunTime(Ops tf, Operand<TInt64> constant) {
    return tf.math.add(constant, Constants.zeroAtRunTime(tf));
  }
}

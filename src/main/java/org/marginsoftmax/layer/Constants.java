package org.marginsoftmax.layer;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * Constants that each process of a graph has once, however many of its operations read them. With
 * hundreds of blocks of classes a third of all operations would otherwise be the same few
 * constants, and TensorFlow takes kilobytes for each operation.
 *
 * <p>They come after nothing, whatever the ops that they are asked for with come after.
 */
public final class Constants {
  private Constants() {}

  /** int32 []. */
  public static Operand<TInt32> of(Ops tf, int value) {
    return once(tf, "int32." + value, own -> own.constant(value));
  }

  /** int64 []. */
  static Operand<TInt64> of(Ops tf, long value) {
    return once(tf, "int64." + value, own -> own.constant(value));
  }

  /** float32 []. */
  public static Operand<TFloat32> of(Ops tf, float value) {
    return once(tf, "float32." + Float.toHexString(value), own -> own.constant(value));
  }

  /** int32 [n]. */
  static Operand<TInt32> of(Ops tf, int[] values) {
    return once(
        tf, "int32s." + joined(Arrays.stream(values).asLongStream()), own -> own.constant(values));
  }

  /** int64 [n]. */
  static Operand<TInt64> of(Ops tf, long[] values) {
    return once(tf, "int64s." + joined(LongStream.of(values)), own -> own.constant(values));
  }

  /** The same number everywhere, float32 of a shape. */
  static Operand<TFloat32> filled(Ops tf, long[] shape, float value) {
    return once(
        tf,
        "filled." + Float.toHexString(value) + "." + joined(LongStream.of(shape)),
        own -> own.fill(of(tf, shape), of(tf, value)));
  }

  /** 1 on the diagonal and 0 elsewhere, float32 [n, n]. */
  public static Operand<TFloat32> identity(Ops tf, int n) {
    return blocks(tf, n, 1);
  }

  /** 1 in square blocks along the diagonal and 0 elsewhere, float32 [n, n]. */
  public static Operand<TFloat32> blocks(Ops tf, int n, int size) {
    float[][] values = new float[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        values[i][j] = i / size == j / size ? 1 : 0;
      }
    }
    return once(tf, "blocks." + n + "." + size, own -> own.constant(StdArrays.ndCopyOf(values)));
  }

  /** 0, int64 [], which TensorFlow does not know before a run. */
  static Operand<TInt64> zeroAtRunTime(Ops tf) {
    return once(
        tf,
        "zero_at_run_time",
        own -> own.random.randomUniformInt(of(tf, new long[0]), of(tf, 0L), of(tf, 1L)));
  }

  private static String joined(LongStream values) {
    return values.mapToObj(String::valueOf).collect(Collectors.joining("."));
  }

  /**
   * The operand of this name.
   *
   * @param make makes it, in one operation of these ops, which gives it the name
   */
  private static <T extends TType> Operand<T> once(
      Ops tf, String name, Function<Ops, Operand<T>> make) {
    String device = Tasks.device(tf).replaceAll("\\W+", ".");
    String full = "constant" + device + "." + name;
    GraphOperation there = ((Graph) tf.scope().env()).operation(full);
    return there == null ? make.apply(Tasks.plain(tf).withName(full)) : there.output(0);
  }
}

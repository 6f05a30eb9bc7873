package org.marginsoftmax.layer;

import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Reads values of a checkpoint into a graph. */
final class Saved {
  private Saved() {}

  /** The float32 value under a key. */
  static Operand<TFloat32> value(Ops tf, Path checkpoint, String key) {
    return slice(tf, checkpoint, key, "");
  }

  /**
   * Some rows of the float32 matrix under a key.
   *
   * @param whole shape of the matrix
   * @param from first row
   */
  static Operand<TFloat32> rows(
      Ops tf, Path checkpoint, String key, Shape whole, long from, long rows) {
    return tf.ensureShape(
        slice(tf, checkpoint, key, spec(whole, from, rows)), Shape.of(rows, whole.get(1)));
  }

  /** Rows of a matrix, as TensorFlow writes a slice of what a checkpoint has. */
  static String spec(Shape whole, long from, long rows) {
    return "%d %d %d,%d:-".formatted(whole.get(0), whole.get(1), from, rows);
  }

  /** Read by the chief: the others may not have the file. */
  private static Operand<TFloat32> slice(Ops any, Path checkpoint, String key, String slice) {
    Ops tf = Tasks.toChief(any);
    return tf.train
        .restore(
            tf.constant(checkpoint.toString()),
            tf.array(key),
            tf.array(slice),
            List.of(TFloat32.class))
        .tensors()
        .get(0)
        .asOutput()
        .expect(TFloat32.class);
  }
}

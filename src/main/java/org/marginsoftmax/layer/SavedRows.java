package org.marginsoftmax.layer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Rows of a matrix of a checkpoint that become rows of another one.
 *
 * @param checkpoint prefix of its files
 * @param key of the matrix
 * @param saved its number of rows
 * @param from rows of it
 * @param to rows that they become, in the same order
 */
record SavedRows(Path checkpoint, String key, long saved, int[] from, int[] to) {
  /** Those that become rows of a part, counted from its first. */
  SavedRows within(long first, long rows) {
    int[] in =
        IntStream.range(0, to.length).filter(i -> first <= to[i] && to[i] < first + rows).toArray();
    return new SavedRows(
        checkpoint,
        key,
        saved,
        Arrays.stream(in).map(i -> from[i]).toArray(),
        Arrays.stream(in).map(i -> Math.toIntExact(to[i] - first)).toArray());
  }

  /** Puts the rows over others, float32 [n, D]; reads only those between the first and the last. */
  Operand<TFloat32> over(Ops tf, Operand<TFloat32> others) {
    if (to.length == 0) {
      return others;
    }
    int first = Arrays.stream(from).min().getAsInt();
    int end = Arrays.stream(from).max().getAsInt() + 1;
    Shape whole = Shape.of(saved, others.shape().get(1));
    Operand<TFloat32> read = Saved.rows(tf, checkpoint, key, whole, first, end - first);
    return tf.tensorScatterNdUpdate(
        others,
        tf.reshape(tf.constant(to), tf.array(-1, 1)),
        tf.gather(
            read,
            tf.constant(Arrays.stream(from).map(row -> row - first).toArray()),
            tf.constant(0)));
  }
}

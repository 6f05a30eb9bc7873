package org.marginsoftmax.layer;

import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Reads values of a checkpoint into a graph. */
final class Saved {
  private Saved() {}

  /** The float32 value under a key. */
  static Operand<TFloat32> value(Ops tf, Path checkpoint, String key) {
    return tf.train
        .restore(
            tf.constant(checkpoint.toString()),
            tf.array(key),
            tf.array(""),
            List.of(TFloat32.class))
        .tensors()
        .get(0)
        .asOutput()
        .expect(TFloat32.class);
  }
}

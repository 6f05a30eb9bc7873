package org.marginsoftmax.train;

import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.savedmodel.Checkpoint;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Values in a checkpoint, by key. */
public final class Saved {
  private Saved() {}

  /** All keys of a checkpoint. */
  static List<String> keys(Path prefix) {
    return List.copyOf(
        Checkpoint.read(prefix).entries().keySet().stream()
            .filter(key -> !key.isEmpty() && key.charAt(0) != 0)
            .toList());
  }

  public static float[] value(Path prefix, String key) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      var read =
          tf.train.restore(
              tf.constant(prefix.toString()), tf.array(key), tf.array(""), List.of(TFloat32.class));
      try (var result = session.runner().fetch(read.tensors().get(0)).run()) {
        TFloat32 tensor = (TFloat32) result.get(0);
        float[] values = new float[(int) tensor.size()];
        tensor.asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }
}

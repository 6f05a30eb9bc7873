package org.marginsoftmax.keras;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Values in TensorFlow's checkpoint files, by their keys. */
final class Checkpoint {
  private Checkpoint() {}

  /**
   * Adds the reading of tensors to a graph; they are read when the graph runs.
   *
   * @param prefix of the checkpoint's files
   */
  static List<? extends Operand<?>> restore(
      Ops tf, Path prefix, List<String> keys, List<Class<? extends TType>> types) {
    Operand<TString> names = tf.constant(NdArrays.vectorOfObjects(keys.toArray(String[]::new)));
    Operand<TString> slices = tf.fill(tf.array(keys.size()), tf.constant(""));
    return tf.train.restore(tf.constant(prefix.toString()), names, slices, types).tensors();
  }

  /** A value read now, as a constant of a graph: for what is not trained. */
  static Operand<?> constant(Ops tf, Path prefix, String key, DataType type) {
    return read(prefix, key, javaType(type, key), tensor -> tf.constantOf((TType) tensor));
  }

  private static Class<? extends TType> javaType(DataType type, String key) {
    return switch (type) {
      case DT_FLOAT -> TFloat32.class;
      case DT_DOUBLE -> TFloat64.class;
      case DT_HALF -> TFloat16.class;
      case DT_BFLOAT16 -> TBfloat16.class;
      case DT_INT32 -> TInt32.class;
      case DT_INT64 -> TInt64.class;
      case DT_UINT8 -> TUint8.class;
      case DT_BOOL -> TBool.class;
      case DT_STRING -> TString.class;
      default ->
          throw new IllegalArgumentException(
              "model: expected variables of a type that Java has, found %s of %s; choose a layer that does not need it"
                  .formatted(key, type));
    };
  }

  /**
   * Reads one tensor now.
   *
   * @param use what to make of it before it is closed
   * @throws IllegalArgumentException if the checkpoint does not have it
   */
  static <T> T read(
      Path prefix, String key, Class<? extends TType> type, Function<Tensor, T> use) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Operand<?> value =
          restore(Ops.create(graph), prefix, List.of(key), Collections.singletonList(type)).get(0);
      try (Result result = session.runner().fetch(value).run()) {
        return use.apply(result.get(0));
      }
    } catch (TensorFlowException e) {
      throw new IllegalArgumentException(
          "model: expected %s among the variables in %s, found none that can be read; export the model anew"
              .formatted(key, prefix.getParent()),
          e);
    }
  }
}

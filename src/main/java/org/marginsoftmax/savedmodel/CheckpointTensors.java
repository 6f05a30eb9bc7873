package org.marginsoftmax.savedmodel;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Reads and writes values in TensorFlow checkpoint files, by key. */
public final class CheckpointTensors {
  private CheckpointTensors() {}

  /**
   * Adds an operation to a graph that reads tensors from a checkpoint each time the graph runs.
   *
   * @param prefix of the checkpoint's files
   * @return the tensors, in the order of the entries
   */
  public static List<Output<?>> restore(Ops tf, Path prefix, List<CheckpointEntry> entries) {
    if (entries.isEmpty()) {
      return List.of();
    }
    Scope scope = tf.scope();
    Operation restore =
        scope
            .env()
            .opBuilder("RestoreV2", scope.makeOpName("RestoreV2"), scope)
            .addInput(tf.constant(prefix.toString()).asOutput())
            .addInput(vector(tf, entries, CheckpointEntry::key))
            .addInput(vector(tf, entries, CheckpointEntry::slice))
            .setAttr("dtypes", entries.stream().map(CheckpointEntry::type).toArray(DataType[]::new))
            .build();
    return List.of(restore.outputList(0, entries.size()));
  }

  /**
   * Adds an operation to a graph that writes tensors to a checkpoint when it runs.
   *
   * @param prefix of the checkpoint's files
   * @param entries under which the tensors are stored, in the same order
   */
  public static Operation save(
      Ops tf, Path prefix, List<CheckpointEntry> entries, List<Output<?>> tensors) {
    Scope scope = tf.scope();
    return scope
        .env()
        .opBuilder("SaveV2", scope.makeOpName("SaveV2"), scope)
        .addInput(tf.constant(prefix.toString()).asOutput())
        .addInput(vector(tf, entries, CheckpointEntry::key))
        .addInput(vector(tf, entries, CheckpointEntry::slice))
        .addInputList(tensors.toArray(Output<?>[]::new))
        .build();
  }

  private static Output<TString> vector(
      Ops tf, List<CheckpointEntry> entries, Function<CheckpointEntry, String> text) {
    String[] texts = entries.stream().map(text).toArray(String[]::new);
    return tf.constant(NdArrays.vectorOfObjects(texts)).asOutput();
  }

  /**
   * Reads a value now and adds it to a graph as a constant; for values that are not trained.
   *
   * @param prefix of the checkpoint's files
   * @throws InvalidInputException if the checkpoint does not hold it
   */
  public static Operand<?> constant(Ops tf, Path prefix, CheckpointEntry entry) {
    return read(prefix, entry, tensor -> tf.constantOf((TType) tensor));
  }

  /**
   * Reads one tensor now.
   *
   * @param prefix of the checkpoint's files
   * @param use computes the result from the tensor, which is closed afterwards
   * @throws InvalidInputException if the checkpoint does not hold it
   */
  public static <T> T read(Path prefix, CheckpointEntry entry, Function<Tensor, T> use) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Output<?> value = restore(Ops.create(graph), prefix, List.of(entry)).get(0);
      try (Result result = session.runner().fetch(value).run()) {
        return use.apply(result.get(0));
      }
    } catch (TensorFlowException e) {
      throw new InvalidInputException(
          "model: expected %s among the variables in %s, found none that can be read; export the model anew"
              .formatted(entry.key(), prefix.getParent()),
          e);
    }
  }
}

package org.marginsoftmax.layer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.op.train.Save;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * The ops with which {@code Session.save}, {@code Session.restore} and the SavedModel exporter
 * write and read resource variables. TensorFlow Java looks these ops up by name; if they are
 * missing, it adds its own, which handle only ref variables and so save nothing.
 */
public final class VariableSaver {
  private VariableSaver() {}

  /**
   * Adds the save and restore ops for these variables, by their names, to a graph; call it once per
   * graph.
   */
  public static void add(Ops graph, Collection<Variable> variables) {
    add(graph, variables.stream().map(v -> new SavedVariable(v.key(), v)).toList());
  }

  /** Adds the save and restore ops for variables by key; call it once per graph. */
  public static void add(Ops graph, List<SavedVariable> saved) {
    Ops tf = graph.withSubScope("save");
    List<Variable> variables = saved.stream().map(SavedVariable::variable).toList();
    Operand<TString> names =
        tf.constant(
            NdArrays.vectorOfObjects(
                saved.stream().map(SavedVariable::key).toArray(String[]::new)));
    Operand<TString> slices =
        tf.constant(
            NdArrays.vectorOfObjects(
                variables.stream().map(Variable::slice).toArray(String[]::new)));
    Placeholder<TString> file = tf.withName("filename").placeholder(TString.class);

    List<Operand<?>> values = new ArrayList<>();
    variables.forEach(v -> values.add(v.value()));
    Save save = tf.train.save(file, names, slices, values);
    tf.withControlDependencies(save).withName("control_dependency").identity(file);

    Restore restored =
        tf.train.restore(file, names, slices, Collections.nCopies(saved.size(), TFloat32.class));
    List<Op> assignments = new ArrayList<>();
    int i = 0;
    for (Variable variable : variables) {
      Operand<?> value = restored.tensors().get(i++);
      // An assignment would take any shape, and the answers would be wrong without a word.
      Operand<TFloat32> checked =
          tf.withName(variable.handle().op().name()).ensureShape(float32(value), variable.shape());
      assignments.add(variable.assign(tf, checked));
    }
    tf.withControlDependencies(assignments).withName("restore_all").noOp();
  }

  /**
   * Restores the variables of a session's graph from a checkpoint.
   *
   * @param checkpoint prefix of the checkpoint's files
   * @throws InvalidInputException if the checkpoint lacks a variable, holds one with another shape,
   *     or cannot be read
   */
  public static void restore(Session session, Path checkpoint) {
    try {
      session.restore(checkpoint.toString());
    } catch (RuntimeException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.contains("not found in checkpoint") && !message.contains("hape")) {
        throw new InvalidInputException(
            "checkpoint: expected a whole one in %s, found it damaged or cut off; restore it from a copy, or train anew"
                .formatted(checkpoint),
            e);
      }
      throw new InvalidInputException(
          "checkpoint: expected the variables of this network in %s, found %s; take the backbone, the head and the sizes that it was trained with"
              .formatted(checkpoint, String.valueOf(e.getMessage()).replaceAll("\\s+", " ")),
          e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Operand<TFloat32> float32(Operand<?> value) {
    return (Operand<TFloat32>) value;
  }
}

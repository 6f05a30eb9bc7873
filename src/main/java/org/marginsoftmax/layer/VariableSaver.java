package org.marginsoftmax.layer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
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
    Placeholder<TString> file = tf.withName("filename").placeholder(TString.class);
    List<List<SavedVariable>> shares = List.copyOf(byProcess(saved).values());
    Op written = shares.size() == 1 ? save(tf, file, shares.get(0)) : saveShares(tf, file, shares);
    tf.withControlDependencies(written).withName("control_dependency").identity(file);

    List<Op> assignments = new ArrayList<>();
    Ops next = tf;
    for (List<SavedVariable> share : shares) {
      List<Op> restored = restore(next, file, share);
      assignments.addAll(restored);
      next = tf.withControlDependencies(restored);
    }
    tf.withControlDependencies(assignments).withName("restore_all").noOp();
  }

  /** The variables of each process, those of the chief first. */
  private static Map<Integer, List<SavedVariable>> byProcess(List<SavedVariable> saved) {
    Map<Integer, List<SavedVariable>> byProcess = new TreeMap<>();
    for (SavedVariable each : saved) {
      Integer worker = each.variable().worker();
      byProcess.computeIfAbsent(worker == null ? -1 : worker, k -> new ArrayList<>()).add(each);
    }
    return byProcess;
  }

  /**
   * Writes the variables of one process after those of another, each into a file, which together
   * are the checkpoint: the chief, which writes, has no more of them at once.
   */
  private static Op saveShares(Ops tf, Operand<TString> file, List<List<SavedVariable>> shares) {
    List<Operand<TString>> files = new ArrayList<>();
    List<Op> saves = new ArrayList<>();
    for (List<SavedVariable> share : shares) {
      Operand<TString> part = tf.strings.join(List.of(file, tf.constant("-parts/" + files.size())));
      saves.add(save(saves.isEmpty() ? tf : tf.withControlDependencies(saves), part, share));
      files.add(part);
    }
    return tf.withControlDependencies(saves).train.mergeV2Checkpoints(tf.stack(files), file);
  }

  private static Op save(Ops tf, Operand<TString> file, List<SavedVariable> saved) {
    List<Operand<?>> values = new ArrayList<>();
    for (SavedVariable each : saved) {
      Variable variable = each.variable();
      values.add(
          variable.worker() == null
              ? variable.value()
              // Sent when its turn comes.
              : variable.on(tf).identity(variable.value()));
    }
    return tf.train.save(file, keys(tf, saved), slices(tf, saved), values);
  }

  private static List<Op> restore(Ops tf, Operand<TString> file, List<SavedVariable> saved) {
    Restore restored =
        tf.train.restore(
            file,
            keys(tf, saved),
            slices(tf, saved),
            Collections.nCopies(saved.size(), TFloat32.class));
    List<Op> assignments = new ArrayList<>();
    for (SavedVariable each : saved) {
      Variable variable = each.variable();
      Operand<?> value = restored.tensors().get(assignments.size());
      // An assignment would take any shape, and the answers would be wrong without a word.
      Operand<TFloat32> checked =
          tf.withName(variable.handle().op().name()).ensureShape(float32(value), variable.shape());
      assignments.add(variable.assign(variable.on(tf), checked));
    }
    return assignments;
  }

  private static Operand<TString> keys(Ops tf, List<SavedVariable> saved) {
    return tf.constant(
        NdArrays.vectorOfObjects(saved.stream().map(SavedVariable::key).toArray(String[]::new)));
  }

  private static Operand<TString> slices(Ops tf, List<SavedVariable> saved) {
    return tf.constant(
        NdArrays.vectorOfObjects(
            saved.stream().map(each -> each.variable().slice()).toArray(String[]::new)));
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

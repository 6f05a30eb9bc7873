package org.marginsoftmax.keras;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;

/**
 * A Keras model with the weights of a run: its own files, and a checkpoint in which the values that
 * training changed stand in place of the first ones. Graph, object graph and Keras' metadata stay as
 * they were, so that Keras opens it as it opened the original.
 */
public final class WriteBack {
  private WriteBack() {}

  /**
   * Writes the model.
   *
   * @param backbone of the run
   * @param checkpoint prefix of the files of the run's checkpoint
   * @param target a folder that is made
   */
  public static void write(KerasBackbone backbone, Path checkpoint, Path target) {
    SavedModelFolder model = backbone.folder();
    Map<String, String> values = new HashMap<>();
    for (ModelVariable variable : backbone.used()) {
      variable.keys().forEach(key -> values.put(key, KerasBackbone.PREFIX + variable.name()));
    }
    copyAllBut(model.path(), target);
    save(model.variables(), backbone.variables().entries(), checkpoint, values, target);
  }

  /** Everything but the checkpoint and the fingerprint, which holds a hash of the checkpoint. */
  private static void copyAllBut(Path original, Path target) {
    try (Stream<Path> files = Files.walk(original)) {
      for (Path file : files.toList()) {
        Path relative = original.relativize(file);
        if (Files.isDirectory(file)) {
          Files.createDirectories(target.resolve(relative.toString()));
        } else if (!relative.startsWith("variables") && !relative.endsWith("fingerprint.pb")) {
          Files.copy(file, target.resolve(relative.toString()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads both checkpoints and writes the third in one run of a graph. */
  private static void save(
      Path original,
      Map<String, DataType> entries,
      Path checkpoint,
      Map<String, String> values,
      Path target) {
    List<String> kept = entries.keySet().stream().filter(k -> !values.containsKey(k)).toList();
    List<String> changed = entries.keySet().stream().filter(values::containsKey).toList();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      List<Output<?>> tensors = new ArrayList<>();
      tensors.addAll(Checkpoint.restore(tf, original, kept, types(entries, kept)));
      tensors.addAll(
          Checkpoint.restore(
              tf,
              checkpoint,
              changed.stream().map(values::get).toList(),
              types(entries, changed)));
      Path prefix = target.resolve("variables").resolve("variables");
      Operation save =
          Checkpoint.save(
              tf, prefix, Stream.concat(kept.stream(), changed.stream()).toList(), tensors);
      session.runner().addTarget(save).run().close();
    }
  }

  private static List<DataType> types(Map<String, DataType> entries, List<String> keys) {
    return keys.stream().map(entries::get).toList();
  }
}

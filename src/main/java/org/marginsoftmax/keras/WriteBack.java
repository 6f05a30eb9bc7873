package org.marginsoftmax.keras;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.savedmodel.Checkpoint;
import org.marginsoftmax.savedmodel.CheckpointEntry;
import org.marginsoftmax.savedmodel.CheckpointTensors;
import org.marginsoftmax.savedmodel.ModelFiles;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/**
 * Writes a Keras model with the weights of a run: the model's own files, with a checkpoint in which
 * trained values replace the original ones. Graph, object graph and Keras metadata are unchanged,
 * so Keras opens the result as it opened the original. Only if the features come from an inner
 * layer is a signature for them added ({@link FeaturesSignature}).
 */
public final class WriteBack {
  private WriteBack() {}

  /**
   * Writes the model.
   *
   * @param backbone of the run
   * @param checkpoint prefix of the run's checkpoint files
   * @param target folder to create
   */
  public static void write(KerasBackbone backbone, Path checkpoint, Path target) {
    SavedModelFolder model = backbone.folder();
    Map<CheckpointEntry, CheckpointEntry> values = new LinkedHashMap<>();
    // Keras 3 saves what a signature uses twice: TensorFlow's runtime restores one, Python the
    // other.
    Map<Integer, String> python = backbone.variables().pythonKeys();
    for (ModelVariable variable : backbone.used()) {
      CheckpointEntry ours =
          CheckpointEntry.whole(ModelWeights.PREFIX + variable.name(), variable.saved().type());
      values.put(variable.saved(), ours);
      if (variable.object() != null && python.containsKey(variable.object())) {
        values.put(CheckpointEntry.whole(python.get(variable.object()), ours.type()), ours);
      }
    }
    copyAllBut(model.path(), target);
    backbone.withFeatures().ifPresent(added -> write(model.path(), added, target));
    if (model.hasVariables()) {
      save(model.variables(), kept(backbone, values), checkpoint, values, target);
    }
  }

  /** What the checkpoint holds besides; other graphs of the folder may restore more than ours. */
  private static List<CheckpointEntry> kept(
      KerasBackbone backbone, Map<CheckpointEntry, CheckpointEntry> values) {
    Set<CheckpointEntry> kept = new LinkedHashSet<>(backbone.variables().entries());
    Set<String> keys = kept.stream().map(CheckpointEntry::key).collect(Collectors.toSet());
    values.keySet().forEach(entry -> keys.add(entry.key()));
    Checkpoint.read(backbone.folder().variables())
        .entries()
        .forEach(
            (key, entry) -> {
              if (!keys.contains(key)) {
                kept.add(CheckpointEntry.whole(key, entry.getDtype()));
              }
            });
    kept.removeAll(values.keySet());
    return List.copyOf(kept);
  }

  /** The file of the graphs, one of them replaced. */
  private static void write(Path original, MetaGraphDef graph, Path target) {
    String file = "saved_model.pb";
    SavedModel.Builder model = ModelFiles.parse(original.resolve(file)).toBuilder();
    for (int i = 0; i < model.getMetaGraphsCount(); i++) {
      if (model.getMetaGraphs(i).getMetaInfoDef().equals(graph.getMetaInfoDef())) {
        model.setMetaGraphs(i, graph);
      }
    }
    try {
      Files.write(target.resolve(file), model.build().toByteArray());
    } catch (IOException e) {
      throw FileTrouble.with(target, e);
    }
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
      List<CheckpointEntry> kept,
      Path checkpoint,
      Map<CheckpointEntry, CheckpointEntry> values,
      Path target) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      List<Output<?>> tensors = new ArrayList<>();
      tensors.addAll(CheckpointTensors.restore(tf, original, kept));
      tensors.addAll(CheckpointTensors.restore(tf, checkpoint, List.copyOf(values.values())));
      Path prefix = target.resolve("variables").resolve("variables");
      Operation save =
          CheckpointTensors.save(
              tf, prefix, Stream.concat(kept.stream(), values.keySet().stream()).toList(), tensors);
      session.runner().addTarget(save).run().close();
    }
  }
}

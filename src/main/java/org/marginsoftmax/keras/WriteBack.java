package org.marginsoftmax.keras;

import com.google.protobuf.InvalidProtocolBufferException;
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
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.types.TString;

/**
 * A Keras model with the weights of a run: its own files, and a checkpoint in which the values that
 * training changed stand in place of the first ones. Graph, object graph and Keras' metadata stay
 * as they were, so that Keras opens it as it opened the original; where the features are those of
 * an inner layer, a signature for them is added ({@link FeaturesSignature}).
 */
public final class WriteBack {
  private static final String OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";

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
    // Keras 3 saves what a signature uses twice: TensorFlow's runtime restores one, Python the
    // other.
    Map<Integer, String> python = pythonKeys(model, backbone.variables());
    for (ModelVariable variable : backbone.used()) {
      String ours = KerasBackbone.PREFIX + variable.name();
      values.put(variable.key(), ours);
      if (python.containsKey(variable.object())) {
        values.put(python.get(variable.object()), ours);
      }
    }
    copyAllBut(model.path(), target);
    backbone.withFeatures().ifPresent(added -> write(model.path(), added, target));
    save(model.variables(), backbone.variables().entries(), checkpoint, values, target);
  }

  private static Map<Integer, String> pythonKeys(SavedModelFolder model, ModelVariables variables) {
    if (!variables.entries().containsKey(OBJECT_GRAPH)) {
      return Map.of();
    }
    TrackableObjectGraph saved =
        SavedTensors.read(
            model.variables(), OBJECT_GRAPH, DataType.DT_STRING, WriteBack::objectGraph);
    return new ObjectGraph(model.metaGraph()).keys(saved);
  }

  private static TrackableObjectGraph objectGraph(Tensor tensor) {
    try {
      return TrackableObjectGraph.parseFrom(((TString) tensor).asBytes().getObject());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "model: expected an object graph among its variables, found something else; export the model anew",
          e);
    }
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
      throw new UncheckedIOException(e);
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
      tensors.addAll(SavedTensors.restore(tf, original, kept, types(entries, kept)));
      tensors.addAll(
          SavedTensors.restore(
              tf, checkpoint, changed.stream().map(values::get).toList(), types(entries, changed)));
      Path prefix = target.resolve("variables").resolve("variables");
      Operation save =
          SavedTensors.save(
              tf, prefix, Stream.concat(kept.stream(), changed.stream()).toList(), tensors);
      session.runner().addTarget(save).run().close();
    }
  }

  private static List<DataType> types(Map<String, DataType> entries, List<String> keys) {
    return keys.stream().map(entries::get).toList();
  }
}

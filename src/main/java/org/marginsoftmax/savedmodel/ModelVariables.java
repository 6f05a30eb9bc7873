package org.marginsoftmax.savedmodel;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.types.TString;

/**
 * The variables of a SavedModel, with the checkpoint entries of their values and whether Keras
 * trains them.
 *
 * <p>Graph and checkpoint do not refer to each other; the restore operation in every SavedModel
 * connects them. If that operation restores only copies, as {@code tf.saved_model.save} writes it
 * for Keras 3 models, the object graph connects them instead.
 */
public final class ModelVariables {
  private static final String OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";

  private final Map<String, ModelVariable> byHandle = new LinkedHashMap<>();
  private final Set<String> withoutValue = new HashSet<>();
  private final Set<CheckpointEntry> entries = new LinkedHashSet<>();
  private Map<Integer, String> pythonKeys = Map.of();

  private final ObjectGraph objects;

  private ModelVariables(ObjectGraph objects) {
    this.objects = objects;
  }

  /**
   * Reads the variables of a model. Those without a value in the checkpoint are left out.
   *
   * @throws InvalidInputException if the checkpoint or its object graph cannot be read
   */
  public static ModelVariables of(SavedModelFolder folder) {
    MetaGraphDef model = folder.metaGraph();
    ObjectGraph objects = new ObjectGraph(model);
    TrainableVariables trainable = new TrainableVariables(model, objects);
    ModelVariables variables = new ModelVariables(objects);
    Map<String, CheckpointEntry> restored = variables.restored(model);
    variables.pythonKeys = pythonKeys(folder, objects);
    Set<String> names = new LinkedHashSet<>();
    for (NodeDef node : GraphVariables.of(model)) {
      Integer object = objects.object(node.getName());
      DataType type = node.getAttrOrThrow("dtype").getType();
      CheckpointEntry entry = restored.get(node.getName());
      if (entry == null && object != null && variables.pythonKeys.containsKey(object)) {
        entry = CheckpointEntry.whole(variables.pythonKeys.get(object), type);
      }
      if (entry == null) {
        variables.withoutValue.add(node.getName());
        continue;
      }
      String name =
          object == null
              ? node.getName()
              : objects.variable(node).map(SavedVariable::getName).orElse("");
      if (!names.add(name)) {
        name = node.getName();
      }
      variables.byHandle.put(
          node.getName(),
          new ModelVariable(
              name,
              node.getName(),
              entry,
              restored.containsKey(node.getName()),
              object,
              shape(node),
              type,
              trainable.isTrained(node).orElse(true)));
    }
    return variables;
  }

  /**
   * The variable that an output of a flat graph is the handle of.
   *
   * @throws InvalidInputException if it is not the handle of a variable, or the checkpoint has no
   *     value for it
   */
  public ModelVariable of(String handle) {
    ModelVariable variable = byHandle.get(FlatNode.nodeOf(handle));
    if (variable == null && withoutValue.contains(FlatNode.nodeOf(handle))) {
      throw new InvalidInputException(
          "model: expected a value in its checkpoint for every variable that the features need, found none for %s; save that variable too, or choose a layer above it"
              .formatted(FlatNode.nodeOf(handle)));
    }
    if (variable == null) {
      throw new InvalidInputException(
          "model: expected a saved variable, found %s; it is a table or another resource, choose a layer above it"
              .formatted(FlatNode.nodeOf(handle)));
    }
    return variable;
  }

  /** Whether an output of a flat graph is the handle of a variable with a saved value. */
  public boolean isHandle(String output) {
    return byHandle.containsKey(FlatNode.nodeOf(output));
  }

  /**
   * The variables that signatures use, since Keras 3 saves others that nothing reads; all variables
   * if the model does not record which are used.
   */
  public List<ModelVariable> ofSignatures() {
    List<ModelVariable> used =
        byHandle.values().stream().filter(variable -> variable.object() != null).toList();
    return used.isEmpty() ? List.copyOf(byHandle.values()) : used;
  }

  /** The variables whose values Python restores but TensorFlow's runtime does not. */
  List<ModelVariable> ofPython() {
    return byHandle.values().stream().filter(variable -> !variable.restored()).toList();
  }

  /** All checkpoint entries that the restore operation reads. */
  public Set<CheckpointEntry> entries() {
    return entries;
  }

  /**
   * The checkpoint key from which Python restores each object, by its index in the object graph.
   */
  public Map<Integer, String> pythonKeys() {
    return pythonKeys;
  }

  private static Map<Integer, String> pythonKeys(SavedModelFolder folder, ObjectGraph objects) {
    if (!folder.hasVariables()
        || !Checkpoint.read(folder.variables()).entries().containsKey(OBJECT_GRAPH)) {
      return Map.of();
    }
    return objects.keys(
        CheckpointTensors.read(
            folder.variables(),
            CheckpointEntry.whole(OBJECT_GRAPH, DataType.DT_STRING),
            ModelVariables::objectGraph));
  }

  private static TrackableObjectGraph objectGraph(Tensor tensor) {
    try {
      return TrackableObjectGraph.parseFrom(((TString) tensor).asBytes().getObject());
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidInputException(
          "model: expected an object graph among its variables, found something else; export the model anew",
          e);
    }
  }

  /**
   * The handles that a function takes in addition to its arguments, as outputs of the main graph.
   */
  public List<String> captured(String function) {
    return objects.captured(function).stream().map(handle -> handle + ":0").toList();
  }

  /** The checkpoint entry that the restore operation assigns to each handle. */
  private Map<String, CheckpointEntry> restored(MetaGraphDef model) {
    String restore = model.getSaverDef().getRestoreOpName();
    Map<String, CheckpointEntry> restored = new HashMap<>();
    if (restore.isEmpty()) {
      return restored;
    }
    Inliner flattening = new Inliner(model);
    flattening.node(restore);
    FlatGraph flat = flattening.graph();
    for (FlatNode node : flat.nodes()) {
      if (node.type().equals("RestoreV2")) {
        entries.addAll(entries(flat, node));
      }
      if (node.type().equals("AssignVariableOp")) {
        String value = flat.origin(node.inputs().get(1));
        if (flat.of(value).type().equals("RestoreV2")) {
          List<CheckpointEntry> read = entries(flat, flat.of(value));
          if (!read.isEmpty()) {
            restored.put(FlatNode.nodeOf(node.inputs().get(0)), read.get(FlatNode.indexOf(value)));
          }
        }
      }
    }
    return restored;
  }

  /** What a restore operation reads, in the order of its outputs. */
  private static List<CheckpointEntry> entries(FlatGraph flat, FlatNode restore) {
    List<String> keys = texts(flat, restore.inputs().get(1));
    List<String> slices = texts(flat, restore.inputs().get(2));
    List<DataType> types = restore.attributes().get("dtypes").getList().getTypeList();
    List<CheckpointEntry> entries = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      // Whole tensors where a graph computes the slices: ours fills them with nothing.
      entries.add(
          new CheckpointEntry(keys.get(i), slices.isEmpty() ? "" : slices.get(i), types.get(i)));
    }
    return entries;
  }

  /** The strings of a constant; empty if they are computed. */
  private static List<String> texts(FlatGraph flat, String output) {
    AttrValue texts = flat.of(flat.origin(output)).attributes().get("value");
    return Optional.ofNullable(texts)
        .flatMap(value -> StringTensor.values(value.getTensor()))
        .orElse(List.of())
        .stream()
        .map(text -> text.toStringUtf8())
        .toList();
  }

  private static Shape shape(NodeDef handle) {
    List<Long> sizes = new ArrayList<>();
    handle.getAttrOrThrow("shape").getShape().getDimList().forEach(d -> sizes.add(d.getSize()));
    return Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
  }
}

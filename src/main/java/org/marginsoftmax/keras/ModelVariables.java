package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;

/**
 * The variables of a SavedModel: where their values lie, and what Keras thinks of them.
 *
 * <p>A node of the graph says nothing of the checkpoint, and the checkpoint nothing of the graph;
 * what ties them is the restore operation that every SavedModel carries.
 */
final class ModelVariables {
  private final Map<String, ModelVariable> byHandle = new LinkedHashMap<>();
  private final Map<Integer, String> handles = new HashMap<>();
  private final Map<String, DataType> entries = new LinkedHashMap<>();

  private ModelVariables() {}

  /**
   * Reads them from a model.
   *
   * @throws IllegalArgumentException if the model has no restore operation for them
   */
  static ModelVariables of(SavedModelFolder folder) {
    ModelVariables variables = new ModelVariables();
    Map<String, String> keys = variables.restored(folder.metaGraph());
    ObjectGraph objects = new ObjectGraph(folder.metaGraph());
    variables.captured(folder.metaGraph(), objects);
    Map<String, Integer> nodes = new HashMap<>();
    variables.handles.forEach((node, handle) -> nodes.put(handle, node));
    Set<String> names = new LinkedHashSet<>();
    for (NodeDef node : folder.metaGraph().getGraphDef().getNodeList()) {
      String key = keys.get(node.getName());
      if (!node.getOp().equals("VarHandleOp") || key == null) {
        continue;
      }
      Integer object = nodes.get(node.getName());
      SavedObject saved = object == null ? null : objects.object(object);
      String name = saved == null ? node.getName() : saved.getVariable().getName();
      if (!names.add(name)) {
        name = node.getName();
      }
      variables.byHandle.put(
          node.getName(),
          new ModelVariable(
              name,
              node.getName(),
              key,
              object,
              shape(node),
              node.getAttrOrThrow("dtype").getType(),
              saved == null || saved.getVariable().getTrainable()));
    }
    return variables;
  }

  /** The variable whose handle an output of a flat graph is. */
  ModelVariable of(String handle) {
    ModelVariable variable = byHandle.get(FlatNode.nodeOf(handle));
    if (variable == null) {
      throw new IllegalArgumentException(
          "model: expected a saved variable, found %s; it is a table or another resource, choose a layer above it"
              .formatted(FlatNode.nodeOf(handle)));
    }
    return variable;
  }

  /** Whether an output of a flat graph is the handle of a variable. */
  boolean isHandle(String output) {
    return byHandle.containsKey(FlatNode.nodeOf(output));
  }

  /**
   * Those that signatures use; Keras 3 saves others that nothing reads. All where none is known.
   */
  List<ModelVariable> ofSignatures() {
    List<ModelVariable> used =
        byHandle.values().stream().filter(variable -> variable.object() != null).toList();
    return used.isEmpty() ? List.copyOf(byHandle.values()) : used;
  }

  /** Everything in the model's checkpoint, key to type. */
  Map<String, DataType> entries() {
    return entries;
  }

  /** Handles of the objects that a function captures. */
  List<String> handles(List<Integer> objects) {
    return objects.stream()
        .map(
            object -> {
              String handle = handles.get(object);
              if (handle == null) {
                throw new IllegalArgumentException(
                    "model: expected the training function to use variables of the signatures, found object %d; export the function as a signature of its own"
                        .formatted(object));
              }
              return handle + ":0";
            })
        .toList();
  }

  /** Key of each handle, by what the restore operation assigns. */
  private Map<String, String> restored(MetaGraphDef model) {
    String restore = model.getSaverDef().getRestoreOpName();
    Map<String, String> keys = new HashMap<>();
    if (restore.isEmpty()) {
      return keys;
    }
    Flattening flattening = new Flattening(model);
    flattening.node(restore);
    FlatGraph flat = flattening.graph();
    for (FlatNode node : flat.nodes()) {
      if (node.type().equals("RestoreV2")) {
        List<String> names = names(flat, node);
        List<DataType> types = node.attributes().get("dtypes").getList().getTypeList();
        for (int i = 0; i < names.size(); i++) {
          entries.put(names.get(i), types.get(i));
        }
      }
      if (node.type().equals("AssignVariableOp")) {
        String value = flat.origin(node.inputs().get(1));
        if (flat.of(value).type().equals("RestoreV2")) {
          keys.put(
              FlatNode.nodeOf(node.inputs().get(0)),
              names(flat, flat.of(value)).get(FlatNode.indexOf(value)));
        }
      }
    }
    return keys;
  }

  private static List<String> names(FlatGraph flat, FlatNode restore) {
    TensorProto names =
        flat.of(flat.origin(restore.inputs().get(1))).attributes().get("value").getTensor();
    return names.getStringValList().stream().map(name -> name.toStringUtf8()).toList();
  }

  /** Handle of each object, by what the calls of the signatures pass to their functions. */
  private void captured(MetaGraphDef model, ObjectGraph objects) {
    Map<String, NodeDef> nodes =
        model.getGraphDef().getNodeList().stream()
            .collect(Collectors.toMap(NodeDef::getName, node -> node));
    for (SignatureDef signature : model.getSignatureDefMap().values()) {
      for (TensorInfo output : signature.getOutputsMap().values()) {
        NodeDef call = nodes.get(output.getName().split(":")[0]);
        if (call == null || !call.containsAttr("f")) {
          continue;
        }
        List<Integer> captures = objects.captures(call.getAttrOrThrow("f").getFunc().getName());
        List<String> inputs =
            call.getInputList().stream().filter(input -> !input.startsWith("^")).toList();
        int first = inputs.size() - captures.size();
        for (int i = 0; first >= 0 && i < captures.size(); i++) {
          handles.put(captures.get(i), inputs.get(first + i));
        }
      }
    }
  }

  private static Shape shape(NodeDef handle) {
    List<Long> sizes = new ArrayList<>();
    handle.getAttrOrThrow("shape").getShape().getDimList().forEach(d -> sizes.add(d.getSize()));
    return Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
  }
}

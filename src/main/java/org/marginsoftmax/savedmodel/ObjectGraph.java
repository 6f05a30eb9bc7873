package org.marginsoftmax.savedmodel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject;

/**
 * The object graph of a TensorFlow 2 SavedModel: which objects are variables, and which nodes of
 * the graph are their handles.
 */
final class ObjectGraph {
  private static final AttrValue NONE = AttrValue.getDefaultInstance();

  private final SavedObjectGraph objects;

  /** Nodes of the main graph by the index of their object. */
  private final Map<Integer, String> handles = new HashMap<>();

  private final Map<String, Integer> captured = new HashMap<>();
  private final Map<String, SavedVariable> byName = new HashMap<>();

  ObjectGraph(MetaGraphDef model) {
    objects = model.getObjectGraphDef();
    model.getGraphDef().getNodeList().forEach(this::matchCaptures);
    for (int id = 0; id < objects.getNodesCount(); id++) {
      if (!handles.containsKey(id)) {
        variable(id).ifPresent(variable -> byName.putIfAbsent(variable.getName(), variable));
      }
    }
  }

  /**
   * A function's captured tensors are its last inputs, in the order of the objects bound to it.
   * Keras 3 gives two variables one name; this tells them apart.
   */
  private void matchCaptures(NodeDef call) {
    List<Integer> captures =
        captures(call.getAttrMap().getOrDefault("f", NONE).getFunc().getName());
    List<String> inputs = TensorName.inputs(call);
    int first = inputs.size() - captures.size();
    for (int i = 0; first >= 0 && i < captures.size(); i++) {
      String handle = TensorName.nodeOf(inputs.get(first + i));
      handles.putIfAbsent(captures.get(i), handle);
      captured.putIfAbsent(handle, captures.get(i));
    }
  }

  /** Objects that a function takes in addition to its arguments, in order. */
  private List<Integer> captures(String function) {
    return objects
        .getConcreteFunctionsOrDefault(function, SavedConcreteFunction.getDefaultInstance())
        .getBoundInputsList();
  }

  /** Whether there are no objects, as in TensorFlow 1. */
  boolean isEmpty() {
    return objects.getNodesCount() == 0;
  }

  /** The object that a node is the handle of; null if no function that is called takes it. */
  Integer object(String node) {
    return captured.get(node);
  }

  /**
   * The variable that a node is the handle of, found by what functions take, or else by its name.
   */
  Optional<SavedVariable> variable(NodeDef node) {
    Integer object = object(node.getName());
    return object == null
        ? Optional.ofNullable(byName.get(GraphVariables.name(node)))
        : variable(object);
  }

  private Optional<SavedVariable> variable(int id) {
    if (id < 0 || id >= objects.getNodesCount()) {
      return Optional.empty();
    }
    SavedObject object = objects.getNodes(id);
    return object.hasVariable() ? Optional.of(object.getVariable()) : Optional.empty();
  }

  /**
   * Nodes of the main graph that a function takes in addition to its arguments, in order.
   *
   * @throws InvalidInputException if one of them is taken by no function that the graph calls
   */
  List<String> captured(String function) {
    return captures(function).stream()
        .map(
            object -> {
              String handle = handles.get(object);
              if (handle == null) {
                throw new InvalidInputException(
                    "model: expected the training function to use variables of the signatures, found object %d; export the function as a signature of its own"
                        .formatted(object));
              }
              return handle;
            })
        .toList();
  }

  /**
   * The checkpoint key from which Python restores each variable, found by walking this object graph
   * and the checkpoint's together, from the root along equal names.
   */
  Map<Integer, String> keys(TrackableObjectGraph saved) {
    Map<Integer, String> keys = new HashMap<>();
    Map<Integer, Integer> met = new HashMap<>();
    Deque<Integer> open = new ArrayDeque<>();
    if (objects.getNodesCount() > 0 && saved.getNodesCount() > 0) {
      met.put(0, 0);
      open.add(0);
    }
    while (!open.isEmpty()) {
      int node = open.remove();
      TrackableObject there = saved.getNodes(met.get(node));
      there.getAttributesList().stream()
          .filter(a -> a.getName().equals("VARIABLE_VALUE"))
          .forEach(a -> keys.put(node, a.getCheckpointKey()));
      Map<String, Integer> children = new HashMap<>();
      there.getChildrenList().forEach(c -> children.put(c.getLocalName(), c.getNodeId()));
      for (var child : objects.getNodes(node).getChildrenList()) {
        Integer twin = children.get(child.getLocalName());
        if (twin != null && met.putIfAbsent(child.getNodeId(), twin) == null) {
          open.add(child.getNodeId());
        }
      }
    }
    return keys;
  }
}

package org.marginsoftmax.savedmodel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.Struct.StructuredValue;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject;

/**
 * What Python knows of a SavedModel beyond its graph: the objects it was made of, which variables
 * their functions capture, and which functions are for training.
 */
public final class ObjectGraph {
  private final SavedObjectGraph objects;

  public ObjectGraph(MetaGraphDef model) {
    objects = model.getObjectGraphDef();
  }

  /** Objects that a function takes besides its arguments, in order. */
  public List<Integer> captures(String function) {
    return objects
        .getConcreteFunctionsOrDefault(function, SavedConcreteFunction.getDefaultInstance())
        .getBoundInputsList();
  }

  public SavedObject object(int node) {
    return objects.getNodes(node);
  }

  /** The function that calls the whole model with {@code training=True}, as Keras 2 writes it. */
  public Optional<String> trainingCall() {
    return root("__call__")
        .flatMap(
            call ->
                call.getFunction().getConcreteFunctionsList().stream()
                    .filter(name -> training(objects.getConcreteFunctionsOrThrow(name)))
                    .findFirst());
  }

  private Optional<SavedObject> root(String child) {
    if (objects.getNodesCount() == 0) {
      return Optional.empty();
    }
    return objects.getNodes(0).getChildrenList().stream()
        .filter(c -> c.getLocalName().equals(child))
        .map(c -> objects.getNodes(c.getNodeId()))
        .findFirst();
  }

  /** Whether one of the arguments, which are images, training and mask, is a plain true. */
  private static boolean training(SavedConcreteFunction function) {
    for (StructuredValue group :
        function.getCanonicalizedInputSignature().getTupleValue().getValuesList()) {
      List<StructuredValue> arguments =
          group.hasTupleValue()
              ? group.getTupleValue().getValuesList()
              : List.copyOf(group.getDictValue().getFieldsMap().values());
      if (arguments.stream().anyMatch(StructuredValue::getBoolValue)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Under which key Python finds the value of each variable: by the same walk through both object
   * graphs, this one and the checkpoint's, from the root along equal names.
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

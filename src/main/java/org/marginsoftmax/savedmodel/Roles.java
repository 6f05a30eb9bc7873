package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SaverDef;

/**
 * The roles in which each operation of a checked graph runs. They follow from the paths that lead
 * to it in the main graph; a function has the roles of all its callers.
 */
final class Roles {
  private final Map<String, NodeDef> main = new HashMap<>();
  private final Map<String, Set<Role>> ofNodes = new HashMap<>();
  private final Map<String, Set<Role>> ofFunctions = new HashMap<>();

  /** Calls of each function: the body it happens in, and the calling node. */
  private final Map<String, List<Call>> calls = new HashMap<>();

  /**
   * @param body in which the call is
   * @param node that calls
   */
  record Call(Subgraph body, NodeDef node) {}

  Roles(MetaGraphDef metaGraph) {
    List<Subgraph> bodies = Subgraph.all(metaGraph);
    bodies.get(0).nodes().forEach(node -> main.put(node.getName(), node));
    SaverDef saver = metaGraph.getSaverDef();
    mark(Role.USE, EntryPoints.outputs(metaGraph));
    mark(Role.LOAD, EntryPoints.initializers(metaGraph));
    mark(Role.RESTORE, List.of(saver.getRestoreOpName()));
    mark(Role.SAVE, List.of(saver.getSaveTensorName()));
    mark(Role.OTHER, main.keySet().stream().filter(n -> !ofNodes.containsKey(n)).toList());
    markFunctions(bodies, Set.copyOf(names(metaGraph)));
  }

  private static List<String> names(MetaGraphDef metaGraph) {
    return metaGraph.getGraphDef().getLibrary().getFunctionList().stream()
        .map(f -> f.getSignature().getName())
        .toList();
  }

  /** Gives a role to the nodes of some tensors and all that they depend on. */
  private void mark(Role role, Collection<String> tensors) {
    GraphTraversal.needed(tensors.stream().map(TensorName::nodeOf).toList(), main)
        .forEach(name -> ofNodes.computeIfAbsent(name, k -> EnumSet.noneOf(Role.class)).add(role));
  }

  private void markFunctions(List<Subgraph> bodies, Set<String> library) {
    for (Subgraph body : bodies) {
      for (NodeDef node : body.nodes()) {
        for (String callee : Subgraph.calls(node, library)) {
          calls.computeIfAbsent(callee, k -> new ArrayList<>()).add(new Call(body, node));
        }
      }
    }
    // Functions do not call themselves: as many rounds as the deepest call has levels.
    library.forEach(name -> ofFunctions.put(name, EnumSet.noneOf(Role.class)));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (String name : library) {
        Set<Role> roles = ofFunctions.get(name);
        for (Call call : calls(name)) {
          changed |= roles.addAll(of(call.body, call.node));
        }
      }
    }
    ofFunctions.values().stream().filter(Set::isEmpty).forEach(roles -> roles.add(Role.OTHER));
  }

  /** Roles of a node; of one in a function, those of the function. */
  Set<Role> of(Subgraph body, NodeDef node) {
    return body.function()
        .map(f -> ofFunctions.get(name(f)))
        .orElseGet(() -> ofNodes.get(node.getName()));
  }

  /** The calls of a function. */
  List<Call> calls(String function) {
    return calls.getOrDefault(function, List.of());
  }

  private static String name(FunctionDef function) {
    return function.getSignature().getName();
  }
}

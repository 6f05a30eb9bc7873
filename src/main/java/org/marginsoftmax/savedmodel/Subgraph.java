package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;

/**
 * A list of nodes: the main graph, or the body of a function.
 *
 * @param function that the nodes are the body of; empty for the main graph
 * @param nodes in the order of the file
 */
public record Subgraph(Optional<FunctionDef> function, List<NodeDef> nodes) {
  /** The main graph followed by every function in the library. */
  public static List<Subgraph> all(MetaGraphDef metaGraph) {
    List<Subgraph> bodies = new ArrayList<>();
    bodies.add(new Subgraph(Optional.empty(), metaGraph.getGraphDef().getNodeList()));
    for (FunctionDef function : metaGraph.getGraphDef().getLibrary().getFunctionList()) {
      bodies.add(new Subgraph(Optional.of(function), function.getNodeDefList()));
    }
    return bodies;
  }

  /** The place as messages name it. */
  String place() {
    return function.map(f -> "function " + f.getSignature().getName()).orElse("the main graph");
  }

  /** Functions that a node calls, by its type or by its attributes, those of while loops too. */
  static Set<String> calls(NodeDef node, Set<String> library) {
    Set<String> names = new LinkedHashSet<>();
    if (library.contains(node.getOp())) {
      names.add(node.getOp());
    }
    node.getAttrMap().values().forEach(value -> add(value, names));
    return names;
  }

  private static void add(AttrValue value, Set<String> names) {
    if (value.hasFunc()) {
      add(value.getFunc(), names);
    }
    value.getList().getFuncList().forEach(function -> add(function, names));
  }

  private static void add(NameAttrList function, Set<String> names) {
    // TensorFlow writes an empty name where an optional function is absent.
    if (!function.getName().isEmpty()) {
      names.add(function.getName());
    }
    function.getAttrMap().values().forEach(value -> add(value, names));
  }
}

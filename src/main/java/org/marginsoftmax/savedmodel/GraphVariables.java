package org.marginsoftmax.savedmodel;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/** Finds the variables of a main graph. */
public final class GraphVariables {
  private static final Set<String> TYPES = Set.of("VarHandleOp", "VariableV2", "Variable");

  private GraphVariables() {}

  /** Whether a node is a variable, of TensorFlow 2 or 1. */
  static boolean isVariable(NodeDef node) {
    return TYPES.contains(node.getOp());
  }

  /** Nodes that are variables, in the order of the file. */
  public static List<NodeDef> of(MetaGraphDef metaGraph) {
    return metaGraph.getGraphDef().getNodeList().stream().filter(node -> isVariable(node)).toList();
  }

  /** The name of a variable: its shared name, or that of its node if it has none. */
  public static String name(NodeDef node) {
    String shared =
        node.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    return shared.isEmpty() ? node.getName() : shared;
  }

  /** The names of all nodes that the given tensors depend on, including their own nodes. */
  public static Set<String> before(MetaGraphDef metaGraph, Collection<String> tensors) {
    Map<String, NodeDef> nodes = new HashMap<>();
    metaGraph.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    return GraphTraversal.needed(tensors.stream().map(TensorName::nodeOf).toList(), nodes);
  }
}

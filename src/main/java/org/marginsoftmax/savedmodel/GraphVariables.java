package org.marginsoftmax.savedmodel;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/** The variables of a main graph. */
public final class GraphVariables {
  private GraphVariables() {}

  /** Nodes that are variables, in the order of the file. */
  public static List<NodeDef> of(MetaGraphDef metaGraph) {
    return metaGraph.getGraphDef().getNodeList().stream()
        .filter(node -> CheckpointCheck.isVariable(node.getOp()))
        .toList();
  }

  /** A variable's own name, which is that of its node unless it is shared. */
  public static String name(NodeDef node) {
    String shared =
        node.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    return shared.isEmpty() ? node.getName() : shared;
  }

  /** Nodes that some tensors need, themselves included. */
  public static Set<String> before(MetaGraphDef metaGraph, Collection<String> tensors) {
    Map<String, NodeDef> nodes = new HashMap<>();
    metaGraph.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    Set<String> found = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    tensors.forEach(tensor -> open.push(TensorName.parse(tensor).node()));
    while (!open.isEmpty()) {
      NodeDef node = nodes.get(open.pop());
      if (node != null && found.add(node.getName())) {
        node.getInputList().forEach(input -> open.push(Inputs.source(input)));
      }
    }
    return found;
  }
}

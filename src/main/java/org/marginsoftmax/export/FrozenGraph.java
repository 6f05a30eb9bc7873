package org.marginsoftmax.export;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.GraphTraversal;
import org.marginsoftmax.savedmodel.TensorName;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A graph without variables: everything that does not depend on an input is computed once, now, and
 * becomes a constant. Nodes that no output needs are left out, as are control edges, because
 * nothing that remains has side effects.
 */
final class FrozenGraph {
  /** The largest protobuf message, less some room for what goes around the constants. */
  private static final long LARGEST = Integer.MAX_VALUE - (32L << 20);

  private static final Set<String> VARYING =
      Set.of(
          "Placeholder",
          "PlaceholderWithDefault",
          "Switch",
          "Merge",
          "Enter",
          "Exit",
          "NextIteration");

  private final Graph graph;
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<String, Boolean> constant = new HashMap<>();

  private FrozenGraph(Graph graph, GraphDef definition) {
    this.graph = graph;
    definition.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * Freezes a graph.
   *
   * @param session on it, with the values of its variables
   * @param outputs names of the nodes to keep with all that they need
   * @throws InvalidInputException if the constants are too large for a graph, or an operation in a
   *     loop does more with a variable than read it
   */
  static GraphDef of(Graph graph, Session session, List<String> outputs) {
    return of(graph, session, outputs, LARGEST);
  }

  static GraphDef of(Graph graph, Session session, List<String> outputs, long largest) {
    GraphDef definition = graph.toGraphDef();
    FrozenGraph frozen = new FrozenGraph(graph, definition);
    GraphDef.Builder builder = GraphDef.newBuilder().setVersions(definition.getVersions());
    ValueFunctions functions = new ValueFunctions(definition.getLibrary());
    Map<String, NodeDef> values = new LinkedHashMap<>();
    long bytes = 0;
    for (String name : frozen.needed(outputs)) {
      NodeDef node = frozen.nodes.get(name);
      NodeDef.Builder kept = node.toBuilder().clearInput();
      Map<Integer, ValueFunctions.Value> variables = new TreeMap<>();
      for (String input : TensorName.inputs(node)) {
        String from = TensorName.nodeOf(input);
        if (frozen.nodes.get(from).getOp().equals("VarHandleOp")) {
          variables.put(kept.getInputCount(), ValueFunctions.Value.of(frozen.nodes.get(from)));
          from = frozen.reading(from);
          input = from;
        }
        if (!frozen.isConstant(from) || frozen.nodes.get(from).getOp().equals("Const")) {
          kept.addInput(input);
          continue;
        }
        int index = TensorName.parse(input).indexOrFirst();
        String key = index == 0 ? from : from + "." + index;
        if (!values.containsKey(key)) {
          NodeDef value = frozen.value(session, from, index, key);
          bytes += value.getSerializedSize();
          refuseAbove(largest, bytes);
          values.put(key, value);
          builder.addNode(value);
        }
        kept.addInput(key);
      }
      bytes += node.getSerializedSize();
      refuseAbove(largest, bytes);
      builder.addNode(functions.withValues(kept.build(), variables));
    }
    return builder.setLibrary(functions.calledBy(builder.getNodeList())).build();
  }

  private static void refuseAbove(long largest, long bytes) {
    if (bytes > largest) {
      throw new InvalidInputException(
          "export: expected weights of at most %d MB, as much as one graph holds, found more; use the run's model/, which keeps them beside the graph"
              .formatted(largest >> 20));
    }
  }

  /** The node that reads a variable outside of functions: what is saved is read there. */
  private String reading(String handle) {
    return nodes.values().stream()
        .filter(node -> node.getOp().equals("ReadVariableOp") && node.getInput(0).equals(handle))
        .findFirst()
        .orElseThrow()
        .getName();
  }

  /** Names of nodes that vary and those constants that are constants already, inputs first. */
  private Collection<String> needed(List<String> outputs) {
    return GraphTraversal.ordered(
        outputs,
        name ->
            TensorName.inputs(nodes.get(name)).stream()
                .map(TensorName::nodeOf)
                .filter(from -> !isConstant(from) || nodes.get(from).getOp().equals("Const"))
                .toList());
  }

  private boolean isConstant(String name) {
    Boolean known = constant.get(name);
    if (known == null) {
      // All that it depends on first, without recursion: graphs are deep.
      for (String each : GraphTraversal.ordered(List.of(name), this::unknownInputs)) {
        constant.put(each, judge(nodes.get(each)));
      }
      known = constant.get(name);
    }
    return known;
  }

  private List<String> unknownInputs(String name) {
    NodeDef node = nodes.get(name);
    return VARYING.contains(node.getOp())
        ? List.of()
        : TensorName.inputs(node).stream()
            .map(TensorName::nodeOf)
            .filter(from -> !constant.containsKey(from))
            .toList();
  }

  private boolean judge(NodeDef node) {
    String op = node.getOp();
    if (op.equals("Const") || op.equals("VarHandleOp")) {
      return true;
    }
    if (VARYING.contains(op) || op.startsWith("Random") || holdsNoNumbers(node.getName())) {
      return false;
    }
    List<String> inputs = TensorName.inputs(node);
    return !inputs.isEmpty()
        && inputs.stream().allMatch(i -> constant.getOrDefault(TensorName.nodeOf(i), false));
  }

  /**
   * Whether an output is of a kind that no constant can hold: strings, the lists of tensors that a
   * loop fills, or keys of random draws, for which Java has no type.
   */
  private boolean holdsNoNumbers(String name) {
    Operation operation = graph.operation(name);
    for (int i = 0; i < operation.numOutputs(); i++) {
      DataType type = operation.output(i).dataType();
      if (type == DataType.DT_STRING || type == DataType.DT_VARIANT || type == DataType.DT_UINT64) {
        return true;
      }
    }
    return false;
  }

  private NodeDef value(Session session, String name, int index, String key) {
    Output<?> output = graph.operation(name).output(index);
    if (output.dataType() == DataType.DT_RESOURCE) {
      throw new InvalidInputException(
          "export: expected resources that are variables, found %s; use the run's model/, or `as` keras"
              .formatted(name));
    }
    try (Result result = session.runner().fetch(output).run()) {
      return Constants.of(key, result.get(0));
    }
  }
}

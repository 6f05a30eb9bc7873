package org.marginsoftmax.export;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * The functions of a graph, rewritten so that loops and conditionals pass the values of variables
 * instead of their handles. A recurrent layer, for example, reads its weights inside its loop,
 * again at every step.
 */
final class ValueFunctions {
  /**
   * Operations that call functions, each with the attribute that lists the types of what it passes.
   */
  private static final Map<String, String> CALLS =
      Map.of(
          "While", "T",
          "StatelessWhile", "T",
          "If", "Tin",
          "StatelessIf", "Tin",
          "Case", "Tin",
          "StatelessCase", "Tin",
          "PartitionedCall", "Tin",
          "StatefulPartitionedCall", "Tin");

  private final Map<String, FunctionDef> functions = new LinkedHashMap<>();

  /** The value that takes the place of a variable. */
  record Value(DataType type, TensorShapeProto shape) {
    /** The value of the variable that a node holds. */
    static Value of(NodeDef handle) {
      return new Value(
          handle.getAttrOrThrow("dtype").getType(), handle.getAttrOrThrow("shape").getShape());
    }
  }

  ValueFunctions(FunctionDefLibrary library) {
    library.getFunctionList().forEach(f -> functions.put(f.getSignature().getName(), f));
  }

  /** The functions that nodes call, and all that these call. */
  FunctionDefLibrary calledBy(Collection<NodeDef> nodes) {
    Map<String, FunctionDef> called = new LinkedHashMap<>();
    Deque<NodeDef> open = new ArrayDeque<>(nodes);
    while (!open.isEmpty()) {
      for (AttrValue attribute : open.pop().getAttrMap().values()) {
        for (String name : names(attribute)) {
          FunctionDef function = functions.get(name);
          if (function != null && called.put(name, function) == null) {
            function.getNodeDefList().forEach(open::push);
          }
        }
      }
    }
    return FunctionDefLibrary.newBuilder().addAllFunction(called.values()).build();
  }

  private static List<String> names(AttrValue attribute) {
    return attribute.hasFunc()
        ? List.of(attribute.getFunc().getName())
        : attribute.getList().getFuncList().stream().map(f -> f.getName()).toList();
  }

  /**
   * A copy of a node that is given values where it was given variables.
   *
   * @param at the values by input index
   * @throws InvalidInputException if the node, or an operation in the functions that it calls, does
   *     more with a variable than read it
   */
  NodeDef withValues(NodeDef node, Map<Integer, Value> at) {
    if (at.isEmpty()) {
      return node;
    }
    String types = CALLS.get(node.getOp());
    if (types == null) {
      throw new InvalidInputException(
          "export: expected variables that are only read, found one that %s (%s) takes; use the run's model/, or `as` keras"
              .formatted(node.getName(), node.getOp()));
    }
    Map<Integer, Value> passed = new TreeMap<>();
    at.forEach((place, value) -> passed.put(place - passedFrom(node), value));
    NodeDef.Builder builder = node.toBuilder().removeAttr("_read_only_resource_inputs");
    AttrValue.Builder changed = node.getAttrOrThrow(types).toBuilder();
    passed.forEach((i, value) -> changed.getListBuilder().setType(i, value.type()));
    builder.putAttr(types, changed.build());
    if (isLoop(node) && node.getAttrOrThrow("output_shapes").getList().getShapeCount() > 0) {
      AttrValue.Builder shapes = node.getAttrOrThrow("output_shapes").toBuilder();
      passed.forEach((i, value) -> shapes.getListBuilder().setShape(i, value.shape()));
      builder.putAttr("output_shapes", shapes.build());
    }
    node.getAttrMap()
        .forEach(
            (name, attribute) -> {
              if (!names(attribute).isEmpty()) {
                builder.putAttr(name, withValues(attribute, passed));
              }
            });
    return builder.build();
  }

  /** Index of the first input passed to the functions; the input before it selects a branch. */
  private static int passedFrom(NodeDef node) {
    return node.getOp().endsWith("If") || node.getOp().endsWith("Case") ? 1 : 0;
  }

  private static boolean isLoop(NodeDef node) {
    return node.getOp().endsWith("While");
  }

  private AttrValue withValues(AttrValue attribute, Map<Integer, Value> at) {
    AttrValue.Builder builder = attribute.toBuilder();
    if (attribute.hasFunc()) {
      builder.getFuncBuilder().setName(withValues(attribute.getFunc().getName(), at));
    } else {
      builder
          .getListBuilder()
          .getFuncBuilderList()
          .forEach(f -> f.setName(withValues(f.getName(), at)));
    }
    return builder.build();
  }

  /** The name of the function that takes values. */
  private String withValues(String name, Map<Integer, Value> at) {
    String made =
        name
            + at.keySet().stream().map(i -> "_" + i).collect(Collectors.joining("", "_values", ""));
    if (!functions.containsKey(made)) {
      functions.put(made, withValues(functions.get(name), made, at));
    }
    return made;
  }

  private FunctionDef withValues(FunctionDef function, String name, Map<Integer, Value> at) {
    FunctionDef.Builder builder =
        function.toBuilder().clearNodeDef().clearRet().clearResourceArgUniqueId();
    OpDef.Builder signature = builder.getSignatureBuilder().setName(name);
    Map<String, Value> known = new HashMap<>();
    at.forEach(
        (i, value) -> {
          known.put(signature.getInputArg(i).getName(), value);
          set(signature.getInputArgBuilder(i), value);
          builder.removeArgAttr(i);
        });
    while (function.getNodeDefList().stream().anyMatch(node -> passesOn(node, known))) {
      // Nodes of a function stand in any order.
    }
    Map<String, String> renamed = new HashMap<>();
    for (NodeDef node : function.getNodeDefList()) {
      builder.addNodeDef(node(node, known, renamed));
    }
    for (NodeDef.Builder node : builder.getNodeDefBuilderList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        node.setInput(i, renamed.getOrDefault(node.getInput(i), node.getInput(i)));
      }
    }
    function
        .getRetMap()
        .forEach((to, from) -> builder.putRet(to, renamed.getOrDefault(from, from)));
    for (OpDef.ArgDef.Builder output : signature.getOutputArgBuilderList()) {
      Value value = known.get(function.getRetOrThrow(output.getName()));
      if (value != null) {
        set(output, value);
      }
    }
    return builder.build();
  }

  private static void set(OpDef.ArgDef.Builder argument, Value value) {
    argument.setType(value.type()).clearHandleData();
  }

  /** Takes down which outputs of a node are variables that it was given; whether it found any. */
  private static boolean passesOn(NodeDef node, Map<String, Value> known) {
    boolean found = false;
    if (isLoop(node) || node.getOp().equals("Identity")) {
      for (Map.Entry<Integer, Value> each : variables(node, known).entrySet()) {
        found |= known.put(output(node, each.getKey()), each.getValue()) == null;
      }
    }
    return found;
  }

  private static String output(NodeDef node, int index) {
    return node.getName() + ":output:" + index;
  }

  /** The inputs that are variables, by input index. */
  private static Map<Integer, Value> variables(NodeDef node, Map<String, Value> known) {
    Map<Integer, Value> found = new TreeMap<>();
    for (int i = 0; i < node.getInputCount(); i++) {
      Value value = known.get(node.getInput(i));
      if (value != null) {
        found.put(i, value);
      }
    }
    return found;
  }

  private NodeDef node(NodeDef node, Map<String, Value> known, Map<String, String> renamed) {
    Map<Integer, Value> variables = variables(node, known);
    if (variables.isEmpty()) {
      return node;
    }
    boolean read = node.getOp().equals("ReadVariableOp");
    if (read || node.getOp().equals("Identity")) {
      if (read) {
        renamed.put(node.getName() + ":value:0", output(node, 0));
      }
      return NodeDef.newBuilder()
          .setName(node.getName())
          .setOp("Identity")
          .addAllInput(node.getInputList())
          .putAttr("T", AttrValue.newBuilder().setType(variables.get(0).type()).build())
          .build();
    }
    return withValues(node, variables);
  }
}

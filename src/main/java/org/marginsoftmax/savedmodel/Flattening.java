package org.marginsoftmax.savedmodel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/**
 * Opens up the function calls of a SavedModel, within which TensorFlow's gradients do not go.
 *
 * <p>Keras writes the body of a model into the function library, behind a chain of {@code
 * StatefulPartitionedCall}. Calls are replaced by the nodes of their functions. A conditional is
 * replaced by the branch it takes where its predicate is a constant, and by both branches and a
 * choice between their results where neither has side effects; other conditionals and loops stay as
 * they are, with their functions.
 *
 * <p>Control edges are left out: they order side effects, and the only ones kept, assignments to
 * running statistics, are ordered by whoever runs them.
 */
public final class Flattening {
  private static final int DEEPEST = 64;

  /** Stands for the output of a node that does not run. */
  private static final String DEAD = "";

  private static final Set<String> REF_VARIABLES = Set.of("VariableV2", "Variable");
  private static final Map<String, String> REF_ASSIGNMENTS =
      Map.of(
          "Assign", "AssignVariableOp",
          "AssignAdd", "AssignAddVariableOp",
          "AssignSub", "AssignSubVariableOp");
  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  private final Map<String, NodeDef> main;
  private final Map<String, FunctionDef> functions;
  private final Map<String, Outputs> done = new HashMap<>();
  private final FlatGraph flat = new FlatGraph();
  private final Map<String, TensorProto> values;

  /**
   * The outputs of a node.
   *
   * @param flat what each is in the flat graph
   * @param first index of the first of each output argument
   */
  private record Outputs(List<String> flat, Map<String, Integer> first) {}

  public Flattening(MetaGraphDef model) {
    this(model, Map.of());
  }

  /**
   * Of a model some of whose inputs have a value.
   *
   * @param values by nodes of the main graph
   */
  public Flattening(MetaGraphDef model, Map<String, TensorProto> values) {
    this.values = values;
    main =
        model.getGraphDef().getNodeList().stream()
            .collect(Collectors.toMap(NodeDef::getName, Function.identity()));
    functions =
        model.getGraphDef().getLibrary().getFunctionList().stream()
            .collect(Collectors.toMap(f -> f.getSignature().getName(), Function.identity()));
  }

  /** All that was flattened so far. */
  public FlatGraph graph() {
    return flat;
  }

  /**
   * Flattens what an output of the main graph needs; it is named {@code node} or {@code node:1}.
   */
  public String output(String name) {
    int colon = name.indexOf(':');
    String node = colon < 0 ? name : name.substring(0, colon);
    int index = colon < 0 ? 0 : Integer.parseInt(name.substring(colon + 1));
    node(node);
    String found = done.get(node).flat().get(index);
    if (found.equals(DEAD)) {
      throw new InvalidInputException(
          "model: expected an output that is computed, found %s in a branch that the values of the inputs do not take; choose another output or value"
              .formatted(name));
    }
    return found;
  }

  /** Flattens a node of the main graph and what it needs, control edges included. */
  public void node(String name) {
    for (NodeDef node : ordered(List.of(name), main)) {
      String each = node.getName();
      if (values.containsKey(each)) {
        done.put(each, constant(each, values.get(each)));
      } else if (isDead(node)) {
        int count =
            Operations.outputs(Operations.definition(node.getOp(), each), node.getAttrMap())
                .get("");
        done.put(each, new Outputs(Collections.nCopies(count, DEAD), Map.of()));
      } else if (!done.containsKey(each)) {
        done.put(each, expand(node, each, this::mainOutput, 0));
      }
    }
  }

  /**
   * Flattens a function that the main graph need not call.
   *
   * @param arguments outputs of the flat graph
   * @return what it gives, outputs of the flat graph
   */
  public List<String> call(String function, List<String> arguments) {
    return List.copyOf(expand(function(function, function), arguments, function, 0).values());
  }

  private String mainOutput(String input) {
    int colon = input.indexOf(':');
    return colon < 0
        ? done.get(input).flat().get(0)
        : done.get(input.substring(0, colon))
            .flat()
            .get(Integer.parseInt(input.substring(colon + 1)));
  }

  private Outputs constant(String name, TensorProto value) {
    AttrValue type = AttrValue.newBuilder().setType(value.getDtype()).build();
    AttrValue tensor = AttrValue.newBuilder().setTensor(value).build();
    flat.add(new FlatNode(name, "Const", List.of(), Map.of("dtype", type, "value", tensor)));
    return new Outputs(List.of(name + ":0"), Map.of("output", 0));
  }

  /**
   * Whether a node of the main graph lies in the branch of a conditional of TensorFlow 1 that is
   * not taken: one of its inputs does, of those that merge branches each.
   */
  private boolean isDead(NodeDef node) {
    List<String> data = node.getInputList().stream().filter(i -> !i.startsWith("^")).toList();
    if (node.getOp().equals("Merge")) {
      return data.stream().allMatch(input -> mainOutput(input).equals(DEAD));
    }
    return data.stream().anyMatch(input -> mainOutput(input).equals(DEAD))
        || node.getInputList().stream()
            .filter(input -> input.startsWith("^"))
            .map(input -> done.get(nodeOf(input)).flat())
            .anyMatch(all -> !all.isEmpty() && all.stream().allMatch(DEAD::equals));
  }

  /** What becomes of a node whose inputs are flat already. */
  private Outputs expand(NodeDef node, String name, Function<String, String> resolve, int depth) {
    List<String> inputs =
        node.getInputList().stream().filter(i -> !i.startsWith("^")).map(resolve).toList();
    String type = node.getOp();
    if (CALLS.contains(type)) {
      String called = node.getAttrOrThrow("f").getFunc().getName();
      return opened(node, function(called, name), inputs, name, depth);
    }
    if (functions.containsKey(type)) {
      Map<String, String> results = expand(functions.get(type), inputs, name, depth + 1);
      Map<String, Integer> first = new LinkedHashMap<>();
      results.keySet().forEach(argument -> first.put(argument, first.size()));
      return new Outputs(List.copyOf(results.values()), first);
    }
    if (type.equals("If") || type.equals("StatelessIf")) {
      Outputs chosen = conditional(node, inputs, name, depth);
      if (chosen != null) {
        return chosen;
      }
    }
    if (type.equals("Identity") && isResource(node)) {
      return new Outputs(inputs, Map.of("output", 0));
    }
    if (type.equals("Switch") || type.equals("RefSwitch")) {
      Optional<Boolean> taken = constant(inputs.get(1));
      if (taken.isPresent()) {
        String data = inputs.get(0);
        List<String> sides = taken.get() ? List.of(DEAD, data) : List.of(data, DEAD);
        return new Outputs(sides, Map.of("output_false", 0, "output_true", 1));
      }
    }
    if (type.equals("Merge") && inputs.contains(DEAD)) {
      List<String> alive = inputs.stream().filter(input -> !input.equals(DEAD)).toList();
      if (alive.size() == 1) {
        return new Outputs(List.of(alive.get(0), DEAD), Map.of("output", 0, "value_index", 1));
      }
    }
    if (REF_VARIABLES.contains(type)) {
      return refVariable(node);
    }
    if (REF_ASSIGNMENTS.containsKey(type)) {
      return refAssignment(node, inputs);
    }
    flat.add(new FlatNode(name, type, inputs, node.getAttrMap()));
    Map<String, Integer> first =
        Operations.outputs(Operations.definition(type, name), node.getAttrMap());
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < first.get(""); i++) {
      outputs.add(name + ":" + i);
    }
    return new Outputs(outputs, first);
  }

  /** A variable of TensorFlow 1, which is its own value, as a handle and its reading. */
  private Outputs refVariable(NodeDef node) {
    String name = node.getName();
    AttrValue type = node.getAttrOrThrow("dtype");
    flat.add(new FlatNode(name, "VarHandleOp", List.of(), node.getAttrMap()));
    String read = name + "/ref";
    flat.add(new FlatNode(read, "ReadVariableOp", List.of(name + ":0"), Map.of("dtype", type)));
    return new Outputs(List.of(read + ":0"), Map.of("ref", 0));
  }

  /** An assignment to a variable of TensorFlow 1, by its handle; its output is the new value. */
  private Outputs refAssignment(NodeDef node, List<String> inputs) {
    FlatNode variable = flat.of(inputs.get(0));
    if (!variable.type().equals("ReadVariableOp")) {
      throw new InvalidInputException(
          "model: expected assignments to variables, found one to %s at %s; choose a layer above it"
              .formatted(variable.type(), node.getName()));
    }
    String value = inputs.get(1);
    flat.add(
        new FlatNode(
            node.getName(),
            REF_ASSIGNMENTS.get(node.getOp()),
            List.of(variable.inputs().get(0), value),
            Map.of("dtype", node.getAttrOrThrow("T"))));
    if (!node.getOp().equals("Assign")) {
      FlatNode sum =
          new FlatNode(
              node.getName() + "/after",
              node.getOp().equals("AssignAdd") ? "AddV2" : "Sub",
              List.of(inputs.get(0), value),
              Map.of("T", node.getAttrOrThrow("T")));
      flat.add(sum);
      value = sum.output(0);
    }
    return new Outputs(List.of(value), Map.of("output_ref", 0));
  }

  private Outputs opened(
      NodeDef call, FunctionDef function, List<String> inputs, String name, int depth) {
    Map<String, Integer> first =
        Operations.outputs(Operations.definition(call.getOp(), name), call.getAttrMap());
    return new Outputs(List.copyOf(expand(function, inputs, name, depth + 1).values()), first);
  }

  /** The branch taken, or a choice between both; null where it has to stay a conditional. */
  private Outputs conditional(NodeDef node, List<String> inputs, String name, int depth) {
    FunctionDef yes = function(node.getAttrOrThrow("then_branch").getFunc().getName(), name);
    FunctionDef no = function(node.getAttrOrThrow("else_branch").getFunc().getName(), name);
    List<String> arguments = inputs.subList(1, inputs.size());
    Optional<Boolean> taken = constant(inputs.get(0));
    if (taken.isPresent()) {
      return opened(node, taken.get() ? yes : no, arguments, name, depth);
    }
    if (!pure(yes, 0) || !pure(no, 0)) {
      return null;
    }
    List<String> ifTrue = List.copyOf(expand(yes, arguments, name + "/then", depth + 1).values());
    List<String> ifFalse = List.copyOf(expand(no, arguments, name + "/else", depth + 1).values());
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < ifTrue.size(); i++) {
      DataType type = node.getAttrOrThrow("Tout").getList().getType(i);
      FlatNode choice =
          new FlatNode(
              name + "/choice_" + i,
              "SelectV2",
              List.of(inputs.get(0), ifTrue.get(i), ifFalse.get(i)),
              Map.of("T", AttrValue.newBuilder().setType(type).build()));
      flat.add(choice);
      chosen.add(choice.output(0));
    }
    return new Outputs(chosen, Map.of("output", 0));
  }

  /** The value of a predicate that is always the same, if it is. */
  private Optional<Boolean> constant(String predicate) {
    FlatNode node = flat.of(flat.origin(predicate));
    return switch (node.type()) {
      case "PlaceholderWithDefault" -> constant(node.inputs().get(0));
      case "LogicalNot" -> constant(node.inputs().get(0)).map(value -> !value);
      case "LogicalAnd" -> all(node.inputs());
      case "All" -> {
        FlatNode joined = flat.of(flat.origin(node.inputs().get(0)));
        yield joined.type().equals("Pack") ? all(joined.inputs()) : Optional.empty();
      }
      case "Const" -> {
        TensorProto value = node.attributes().get("value").getTensor();
        yield value.getDtype() != DataType.DT_BOOL
            ? Optional.empty()
            : Optional.of(
                value.getBoolValCount() > 0
                    ? value.getBoolVal(0)
                    : !value.getTensorContent().isEmpty()
                        && value.getTensorContent().byteAt(0) != 0);
      }
      default -> Optional.empty();
    };
  }

  /** Whether all predicates hold: one that never does decides. */
  private Optional<Boolean> all(List<String> predicates) {
    List<Optional<Boolean>> values = predicates.stream().map(this::constant).toList();
    if (values.contains(Optional.of(false))) {
      return Optional.of(false);
    }
    return values.contains(Optional.<Boolean>empty()) ? Optional.empty() : Optional.of(true);
  }

  /** Whether both branches may run where one was meant to. */
  private boolean pure(FunctionDef function, int depth) {
    return depth < DEEPEST
        && function.getNodeDefList().stream()
            .allMatch(
                node ->
                    CALLS.contains(node.getOp())
                        ? pure(
                            function(node.getAttrOrThrow("f").getFunc().getName(), node.getName()),
                            depth + 1)
                        : node.getOp().equals("ReadVariableOp")
                            || !Operations.definition(node.getOp(), node.getName())
                                .getIsStateful());
  }

  /** Flattens the body of a function; what it gives, by the names of its results. */
  private Map<String, String> expand(
      FunctionDef function, List<String> arguments, String path, int depth) {
    if (depth > DEEPEST) {
      throw new InvalidInputException(
          "model: expected functions nested at most %d deep, found more at %s; a function calls itself, export the model anew"
              .formatted(DEEPEST, path));
    }
    Map<String, String> given = new HashMap<>();
    int next = 0;
    for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
      given.put(argument.getName(), arguments.get(next++));
    }
    Map<String, Outputs> local = new HashMap<>();
    Function<String, String> resolve = input -> resolve(input, given, local);
    Map<String, NodeDef> body =
        function.getNodeDefList().stream()
            .collect(Collectors.toMap(NodeDef::getName, Function.identity()));
    List<String> wanted = new ArrayList<>(function.getControlRetMap().values());
    function.getRetMap().values().forEach(result -> wanted.add(nodeOf(result)));
    wanted.retainAll(body.keySet());
    for (NodeDef node : ordered(wanted, body)) {
      local.put(node.getName(), expand(node, path + "/" + node.getName(), resolve, depth));
    }
    Map<String, String> results = new LinkedHashMap<>();
    for (OpDef.ArgDef result : function.getSignature().getOutputArgList()) {
      results.put(result.getName(), resolve.apply(function.getRetOrThrow(result.getName())));
    }
    return results;
  }

  /** {@code argument}, {@code node:output:index}. */
  private static String resolve(
      String input, Map<String, String> arguments, Map<String, Outputs> nodes) {
    String[] parts = input.split(":");
    Outputs outputs = nodes.get(parts[0]);
    if (outputs == null) {
      return arguments.get(parts[0]);
    }
    return outputs.flat().get(outputs.first().get(parts[1]) + Integer.parseInt(parts[2]));
  }

  private FunctionDef function(String name, String place) {
    FunctionDef function = functions.get(name);
    if (function == null) {
      throw new InvalidInputException(
          "model: expected function %s, called at %s, found none; export the model anew"
              .formatted(name, place));
    }
    return function;
  }

  private static boolean isResource(NodeDef node) {
    return node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType()
        == DataType.DT_RESOURCE;
  }

  private static String nodeOf(String input) {
    String name = input.startsWith("^") ? input.substring(1) : input;
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  /**
   * The nodes that some need, control edges included, inputs before those that use them. Without
   * recursion: models are thousands of nodes deep.
   */
  private static List<NodeDef> ordered(List<String> wanted, Map<String, NodeDef> body) {
    List<NodeDef> ordered = new ArrayList<>();
    Set<String> entered = new HashSet<>();
    Set<String> left = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(wanted);
    while (!open.isEmpty()) {
      String name = open.peek();
      NodeDef node = body.get(name);
      if (left.contains(name) || node == null) {
        // An argument of the function, or a node seen by another way.
        open.pop();
      } else if (entered.add(name)) {
        for (String input : node.getInputList()) {
          String before = nodeOf(input);
          if (!left.contains(before)) {
            if (entered.contains(before)) {
              throw new InvalidInputException(
                  "model: expected operations without a cycle, found one through %s; loops of TensorFlow 1 cannot be opened up"
                      .formatted(name));
            }
            open.push(before);
          }
        }
      } else {
        open.pop();
        left.add(name);
        ordered.add(node);
      }
    }
    return ordered;
  }
}

package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
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
 * Inlines the function calls of a SavedModel, because gradients cannot be taken through them.
 *
 * <p>Keras writes the body of a model into the function library, behind a chain of {@code
 * StatefulPartitionedCall}. Each call is replaced by the nodes of its function. A conditional with
 * a constant predicate is replaced by the branch it takes. One without side effects in either
 * branch is replaced by both branches and a selection between their results. A loop over a number
 * of steps that is known in advance is replaced by its steps if that is asked for. Other
 * conditionals and loops are kept together with their functions.
 *
 * <p>Control edges are dropped. They order side effects, and the only ones kept, assignments to
 * moving averages, are ordered by the code that runs them.
 */
public final class Inliner implements AutoCloseable {
  private static final int DEEPEST = 64;

  /** Stands for the output of a node that never runs. */
  private static final String DEAD = "";

  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  private final Map<String, NodeDef> main;
  private final Map<String, FunctionDef> functions;
  private final Map<String, NodeOutputs> done = new HashMap<>();
  private final FlatGraph flat = new FlatGraph();
  private final ConstantPredicates predicates = new ConstantPredicates(flat);
  private final Map<String, TensorProto> values;

  /** Null if loops are kept. */
  private final Unrolling unrolling;

  /** What replaces a loop by its steps, and the lists it fills by their elements. */
  private record Unrolling(StaticValues sizes, LoopUnroller loops, TensorLists lists) {
    static Unrolling of(FlatGraph flat, Map<String, FunctionDef> functions) {
      StaticValues sizes = new StaticValues(flat, functions);
      return new Unrolling(sizes, new LoopUnroller(flat, sizes), new TensorLists(flat, sizes));
    }
  }

  /** Creates an inliner for a model, all of whose inputs are fed. */
  public Inliner(MetaGraphDef model) {
    this(model, Map.of(), false);
  }

  /**
   * Creates an inliner for a model some of whose inputs have fixed values.
   *
   * @param values by name of a node in the main graph
   * @param unrolls whether loops over a known number of steps are replaced by their steps
   */
  public Inliner(MetaGraphDef model, Map<String, TensorProto> values, boolean unrolls) {
    this.values = values;
    main =
        model.getGraphDef().getNodeList().stream()
            .collect(Collectors.toMap(NodeDef::getName, Function.identity()));
    functions =
        model.getGraphDef().getLibrary().getFunctionList().stream()
            .collect(Collectors.toMap(f -> f.getSignature().getName(), Function.identity()));
    unrolling = unrolls ? Unrolling.of(flat, functions) : null;
  }

  @Override
  public void close() {
    if (unrolling != null) {
      unrolling.sizes().close();
    }
  }

  /** Everything flattened so far. */
  public FlatGraph graph() {
    return flat;
  }

  /**
   * Flattens everything that an output of the main graph depends on.
   *
   * @param name {@code node} or {@code node:1}
   * @return the output in the flat graph
   * @throws InvalidInputException if the output lies in a branch that is not taken
   */
  public String output(String name) {
    node(TensorName.nodeOf(name));
    String found = mainOutput(name);
    if (found.equals(DEAD)) {
      throw new InvalidInputException(
          "model: expected an output that is computed, found %s in a branch that the values of the inputs do not take; choose another output or value"
              .formatted(name));
    }
    return found;
  }

  /** Flattens a node of the main graph and everything it depends on, by control edges too. */
  public void node(String name) {
    for (NodeDef node : ordered(List.of(name), main)) {
      String each = node.getName();
      if (values.containsKey(each)) {
        done.put(each, constant(each, values.get(each)));
      } else if (isDead(node)) {
        int count =
            Operations.outputs(Operations.definition(node.getOp(), each), node.getAttrMap())
                .get("");
        done.put(each, new NodeOutputs(Collections.nCopies(count, DEAD), Map.of()));
      } else if (!done.containsKey(each)) {
        done.put(each, expand(node, each, this::mainOutput, 0));
      }
    }
  }

  /**
   * Flattens a function, even if the main graph does not call it.
   *
   * @param arguments outputs of the flat graph
   * @return the function's results as outputs of the flat graph
   */
  public List<String> call(String function, List<String> arguments) {
    return called(function, arguments, function, 0);
  }

  private List<String> called(String function, List<String> arguments, String path, int depth) {
    return List.copyOf(expand(function(function, path), arguments, path, depth).values());
  }

  private String mainOutput(String input) {
    TensorName name = TensorName.parse(input);
    return done.get(name.node()).flat().get(name.indexOrFirst());
  }

  private NodeOutputs constant(String name, TensorProto value) {
    AttrValue type = AttrValue.newBuilder().setType(value.getDtype()).build();
    AttrValue tensor = AttrValue.newBuilder().setTensor(value).build();
    flat.add(new FlatNode(name, "Const", List.of(), Map.of("dtype", type, "value", tensor)));
    return new NodeOutputs(List.of(name + ":0"), Map.of("output", 0));
  }

  /**
   * Whether a node of the main graph lies in a branch of a TensorFlow 1 conditional that is not
   * taken: at least one of its inputs does, or, for a node that merges branches, all of them.
   */
  private boolean isDead(NodeDef node) {
    List<String> data = TensorName.inputs(node);
    if (node.getOp().equals("Merge")) {
      return data.stream().allMatch(input -> mainOutput(input).equals(DEAD));
    }
    return data.stream().anyMatch(input -> mainOutput(input).equals(DEAD))
        || node.getInputList().stream()
            .filter(TensorName::isControl)
            .map(input -> done.get(TensorName.nodeOf(input)).flat())
            .anyMatch(all -> !all.isEmpty() && all.stream().allMatch(DEAD::equals));
  }

  /** The flat outputs of a node whose inputs are flat already. */
  private NodeOutputs expand(
      NodeDef node, String name, Function<String, String> resolve, int depth) {
    List<String> inputs = TensorName.inputs(node).stream().map(resolve).toList();
    String type = node.getOp();
    if (CALLS.contains(type)) {
      String called = node.getAttrOrThrow("f").getFunc().getName();
      return opened(node, function(called, name), inputs, name, depth);
    }
    if (functions.containsKey(type)) {
      Map<String, String> results = expand(functions.get(type), inputs, name, depth + 1);
      Map<String, Integer> first = new LinkedHashMap<>();
      results.keySet().forEach(argument -> first.put(argument, first.size()));
      return new NodeOutputs(List.copyOf(results.values()), first);
    }
    if (type.equals("If") || type.equals("StatelessIf")) {
      NodeOutputs chosen = conditional(node, inputs, name, depth);
      if (chosen != null) {
        return chosen;
      }
    }
    if (unrolling != null && (type.equals("While") || type.equals("StatelessWhile"))) {
      List<String> unrolled =
          unrolling
              .loops()
              .unrolled(
                  node,
                  inputs,
                  name,
                  (function, arguments, path) -> called(function, arguments, path, depth + 1));
      if (unrolled != null) {
        return new NodeOutputs(unrolled, Map.of("output", 0));
      }
    }
    if (type.equals("Identity") && isResource(node)) {
      return new NodeOutputs(inputs, Map.of("output", 0));
    }
    if (type.equals("Switch") || type.equals("RefSwitch")) {
      Optional<Boolean> taken = predicates.value(inputs.get(1));
      if (taken.isPresent()) {
        String data = inputs.get(0);
        List<String> sides = taken.get() ? List.of(DEAD, data) : List.of(data, DEAD);
        return new NodeOutputs(sides, Map.of("output_false", 0, "output_true", 1));
      }
    }
    if (type.equals("Merge") && inputs.contains(DEAD)) {
      List<String> alive = inputs.stream().filter(input -> !input.equals(DEAD)).toList();
      if (alive.size() == 1) {
        return new NodeOutputs(List.of(alive.get(0), DEAD), Map.of("output", 0, "value_index", 1));
      }
    }
    if (RefVariables.isVariable(type)) {
      return RefVariables.variable(node, flat);
    }
    if (RefVariables.isAssignment(type)) {
      return RefVariables.assignment(node, inputs, flat);
    }
    FlatNode added = new FlatNode(name, type, inputs, node.getAttrMap());
    flat.add(added);
    Map<String, Integer> first =
        Operations.outputs(Operations.definition(type, name), node.getAttrMap());
    String element = unrolling == null ? null : unrolling.lists().replaced(added);
    if (element != null) {
      return new NodeOutputs(List.of(element), first);
    }
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < first.get(""); i++) {
      outputs.add(added.output(i));
    }
    return new NodeOutputs(outputs, first);
  }

  private NodeOutputs opened(
      NodeDef call, FunctionDef function, List<String> inputs, String name, int depth) {
    Map<String, Integer> first =
        Operations.outputs(Operations.definition(call.getOp(), name), call.getAttrMap());
    return new NodeOutputs(List.copyOf(expand(function, inputs, name, depth + 1).values()), first);
  }

  /** The branch taken, or a selection between both; null if the node has to stay a conditional. */
  private NodeOutputs conditional(NodeDef node, List<String> inputs, String name, int depth) {
    FunctionDef yes = function(node.getAttrOrThrow("then_branch").getFunc().getName(), name);
    FunctionDef no = function(node.getAttrOrThrow("else_branch").getFunc().getName(), name);
    List<String> arguments = inputs.subList(1, inputs.size());
    Optional<Boolean> taken = predicates.value(inputs.get(0));
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
    return new NodeOutputs(chosen, Map.of("output", 0));
  }

  /** Whether a branch has no side effects, so that it may run even if it is not taken. */
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

  /** Flattens the body of a function and returns its results by name. */
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
    Map<String, NodeOutputs> local = new HashMap<>();
    Function<String, String> resolve = input -> resolve(input, given, local);
    Map<String, NodeDef> body =
        function.getNodeDefList().stream()
            .collect(Collectors.toMap(NodeDef::getName, Function.identity()));
    List<String> wanted = new ArrayList<>(function.getControlRetMap().values());
    function.getRetMap().values().forEach(result -> wanted.add(TensorName.nodeOf(result)));
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
      String input, Map<String, String> arguments, Map<String, NodeOutputs> nodes) {
    TensorName name = TensorName.parse(input);
    NodeOutputs outputs = nodes.get(name.node());
    return outputs == null
        ? arguments.get(name.node())
        : outputs.flat().get(outputs.first().get(name.output()) + name.indexOrFirst());
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

  /**
   * The given nodes and all that they depend on, by control edges too, inputs before their users.
   */
  private static List<NodeDef> ordered(List<String> wanted, Map<String, NodeDef> body) {
    return GraphTraversal.ordered(
            wanted,
            name ->
                body.get(name).getInputList().stream()
                    .map(TensorName::nodeOf)
                    // The others are arguments of the function.
                    .filter(body::containsKey)
                    .toList(),
            cycle ->
                new InvalidInputException(
                    "model: expected operations without a cycle, found one through %s; loops of TensorFlow 1 cannot be opened up"
                        .formatted(cycle.get(cycle.size() - 1))))
        .stream()
        .map(body::get)
        .toList();
  }
}

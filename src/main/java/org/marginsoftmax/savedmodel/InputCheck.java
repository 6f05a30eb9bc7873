package org.marginsoftmax.savedmodel;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Checks that the inputs of a body's nodes exist, are as many as their operations take, and form no
 * cycle.
 */
final class InputCheck {
  private final Path folder;
  private final Subgraph body;
  private final Map<String, NodeDef> nodes;
  private final Function<String, OpDef> definitions;
  private final Map<String, OpDef.ArgDef> arguments = new HashMap<>();

  /**
   * @param nodes of the body by name
   * @param definitions of operations and functions by type, all of them known
   */
  InputCheck(
      Path folder, Subgraph body, Map<String, NodeDef> nodes, Function<String, OpDef> definitions) {
    this.folder = folder;
    this.body = body;
    this.nodes = nodes;
    this.definitions = definitions;
    body.function()
        .ifPresent(
            f -> f.getSignature().getInputArgList().forEach(a -> arguments.put(a.getName(), a)));
  }

  void check() {
    for (NodeDef node : body.nodes()) {
      node.getInputList().forEach(input -> check(input, "of " + node.getName()));
      int data = TensorName.inputs(node).size();
      OpDef definition = definitions.apply(node.getOp());
      int expected = Operations.count(definition.getInputArgList(), definition, node);
      if (expected != Operations.UNKNOWN && expected != data) {
        throw wrong(
            "%s inputs of %s %s".formatted(many(expected), node.getOp(), node.getName()),
            String.valueOf(data));
      }
      if (outputs(node) > Operations.MOST_TENSORS) {
        throw wrong(
            "at most %d outputs of %s %s"
                .formatted(Operations.MOST_TENSORS, node.getOp(), node.getName()),
            "more");
      }
    }
    body.function().ifPresent(this::checkResults);
    checkNoCycle();
  }

  private static String many(int number) {
    return number > Operations.MOST_TENSORS
        ? "at most " + Operations.MOST_TENSORS
        : String.valueOf(number);
  }

  private int outputs(NodeDef node) {
    OpDef definition = definitions.apply(node.getOp());
    return Operations.count(definition.getOutputArgList(), definition, node);
  }

  private void checkResults(FunctionDef function) {
    for (OpDef.ArgDef output : function.getSignature().getOutputArgList()) {
      String result = function.getRetMap().get(output.getName());
      if (result == null) {
        throw wrong("a result " + output.getName(), "none");
      }
      check(result, "of result " + output.getName());
    }
    for (String control : function.getControlRetMap().values()) {
      check("^" + control, "of the function's end");
    }
  }

  private void check(String input, String whose) {
    TensorName name = TensorName.parse(input);
    NodeDef node = nodes.get(name.node());
    boolean known =
        TensorName.isControl(input)
            // A function may wait for its own argument.
            ? node != null || arguments.containsKey(name.node())
            : body.function().isPresent() ? isResult(name, node) : isOutput(name, node);
    if (!known) {
      throw wrong("an input " + whose, "none named " + input);
    }
  }

  /** {@code node} or {@code node:1}. */
  private boolean isOutput(TensorName name, NodeDef node) {
    return node != null && name.output() == null && isBelow(name.indexOrFirst(), outputs(node));
  }

  /** {@code argument}, {@code argument:0}, {@code node:output} or {@code node:output:0}. */
  private boolean isResult(TensorName name, NodeDef node) {
    if (node == null) {
      return arguments.containsKey(name.node())
          && name.output() == null
          && isBelow(
              name.index(),
              Operations.count(
                  arguments.get(name.node()),
                  body.function().orElseThrow().getSignature(),
                  Map.of()));
    }
    OpDef definition = definitions.apply(node.getOp());
    return definition.getOutputArgList().stream()
        .filter(output -> output.getName().equals(name.output()))
        .anyMatch(
            output ->
                isBelow(name.index(), Operations.count(output, definition, node.getAttrMap())));
  }

  private static boolean isBelow(int index, int count) {
    return count == Operations.UNKNOWN || index < count;
  }

  /** While loops of TensorFlow 1 run in circles, through their NextIteration only. */
  private void checkNoCycle() {
    GraphTraversal.ordered(
        nodes.keySet(),
        name ->
            nodes.get(name).getInputList().stream()
                .map(TensorName::nodeOf)
                .filter(
                    before ->
                        nodes.containsKey(before)
                            && !nodes.get(before).getOp().endsWith("NextIteration"))
                .toList(),
        cycle -> wrong("inputs without a circle", "one around " + cycle.get(0)));
  }

  private InvalidInputException wrong(String expected, String found) {
    return InvalidModel.at(
        folder, expected + " in " + body.place(), found, "export the model anew");
  }
}

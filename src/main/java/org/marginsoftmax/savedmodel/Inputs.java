package org.marginsoftmax.savedmodel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Whether the inputs of a body's nodes are there, as many as their operations take, in no circle.
 */
final class Inputs {
  private final SavedModelFolder folder;
  private final Body body;
  private final Map<String, NodeDef> nodes;
  private final Function<String, OpDef> definitions;
  private final Map<String, OpDef.ArgDef> arguments = new HashMap<>();

  /**
   * @param nodes of the body by name
   * @param definitions of operations and functions by type, all of them known
   */
  Inputs(
      SavedModelFolder folder,
      Body body,
      Map<String, NodeDef> nodes,
      Function<String, OpDef> definitions) {
    this.folder = folder;
    this.body = body;
    this.nodes = nodes;
    this.definitions = definitions;
    body.function()
        .ifPresent(
            f -> f.getSignature().getInputArgList().forEach(a -> arguments.put(a.getName(), a)));
  }

  /** The node that an input refers to: of {@code ^a}, {@code a:1}, {@code a:out:0} it is a. */
  static String source(String input) {
    int start = input.startsWith("^") ? 1 : 0;
    int colon = input.indexOf(':');
    return input.substring(start, colon < 0 ? input.length() : colon);
  }

  void check() {
    for (NodeDef node : body.nodes()) {
      int data = 0;
      for (String input : node.getInputList()) {
        check(input, "of " + node.getName());
        if (!input.startsWith("^")) {
          data++;
        }
      }
      OpDef definition = definitions.apply(node.getOp());
      int expected = Arity.of(definition.getInputArgList(), definition, node);
      if (expected != Arity.UNKNOWN && expected != data) {
        throw wrong(
            "%s inputs of %s %s".formatted(many(expected), node.getOp(), node.getName()),
            String.valueOf(data));
      }
      if (outputs(node) > Arity.MOST) {
        throw wrong(
            "at most %d outputs of %s %s".formatted(Arity.MOST, node.getOp(), node.getName()),
            "more");
      }
    }
    body.function().ifPresent(this::checkResults);
    checkNoCircle();
  }

  private static String many(int number) {
    return number > Arity.MOST ? "at most " + Arity.MOST : String.valueOf(number);
  }

  private int outputs(NodeDef node) {
    OpDef definition = definitions.apply(node.getOp());
    return Arity.of(definition.getOutputArgList(), definition, node);
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
    String source = source(input);
    NodeDef node = nodes.get(source);
    boolean known =
        input.startsWith("^")
            // A function may wait for its own argument.
            ? node != null || arguments.containsKey(source)
            : body.function().isPresent() ? isResult(input, source, node) : isOutput(input, node);
    if (!known) {
      throw wrong("an input " + whose, "none named " + input);
    }
  }

  /** {@code node} or {@code node:1}. */
  private boolean isOutput(String input, NodeDef node) {
    int number = TensorName.parse(input).output();
    if (node == null || number < 0 && input.indexOf(':') >= 0) {
      return false;
    }
    int outputs = outputs(node);
    return outputs == Arity.UNKNOWN || Math.max(number, 0) < outputs;
  }

  /** {@code argument}, {@code argument:0}, {@code node:output} or {@code node:output:0}. */
  private boolean isResult(String input, String source, NodeDef node) {
    String[] parts = input.split(":", -1);
    if (node == null) {
      return arguments.containsKey(source)
          && (parts.length == 1
              || parts.length == 2
                  && isBelow(
                      parts[1],
                      Arity.of(
                          arguments.get(source),
                          body.function().orElseThrow().getSignature(),
                          Map.of())));
    }
    if (parts.length < 2 || parts.length > 3) {
      return false;
    }
    OpDef definition = definitions.apply(node.getOp());
    for (OpDef.ArgDef output : definition.getOutputArgList()) {
      if (output.getName().equals(parts[1])) {
        return parts.length == 2
            || isBelow(parts[2], Arity.of(output, definition, node.getAttrMap()));
      }
    }
    return false;
  }

  private static boolean isBelow(String number, int arity) {
    return number.matches("\\d{1,9}")
        && (arity == Arity.UNKNOWN || Integer.parseInt(number) < arity);
  }

  /** While loops of TensorFlow 1 run in circles, through their NextIteration only. */
  private void checkNoCircle() {
    Map<String, Integer> waiting = new HashMap<>();
    Map<String, List<String>> readers = new HashMap<>();
    Deque<String> ready = new ArrayDeque<>();
    for (NodeDef node : body.nodes()) {
      int inputs = 0;
      for (String input : node.getInputList()) {
        NodeDef source = nodes.get(source(input));
        if (source != null && !source.getOp().endsWith("NextIteration")) {
          readers.computeIfAbsent(source.getName(), k -> new ArrayList<>()).add(node.getName());
          inputs++;
        }
      }
      waiting.put(node.getName(), inputs);
      if (inputs == 0) {
        ready.add(node.getName());
      }
    }
    int done = 0;
    while (!ready.isEmpty()) {
      done++;
      for (String reader : readers.getOrDefault(ready.remove(), List.of())) {
        if (waiting.merge(reader, -1, Integer::sum) == 0) {
          ready.add(reader);
        }
      }
    }
    if (done < body.nodes().size()) {
      String circle =
          body.nodes().stream()
              .map(NodeDef::getName)
              .filter(name -> waiting.get(name) > 0)
              .findFirst()
              .orElseThrow();
      throw wrong("inputs without a circle", "one around " + circle);
    }
  }

  private InvalidInputException wrong(String expected, String found) {
    return InvalidModel.at(
        folder.path(), expected + " in " + body.place(), found, "export the model anew");
  }
}

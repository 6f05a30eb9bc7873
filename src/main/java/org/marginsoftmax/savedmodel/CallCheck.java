package org.marginsoftmax.savedmodel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Checks that functions call only known functions and never themselves, and that the graph would
 * not be endless with all calls inlined.
 */
final class CallCheck {
  private static final int DEEPEST = 100;
  private static final long MOST_NODES = 5_000_000;

  private final Path folder;
  private final Map<String, Subgraph> bodies = new HashMap<>();
  private final Map<String, List<String>> calls = new HashMap<>();
  private final Map<String, Long> nodes = new HashMap<>();
  private final Map<String, Integer> depths = new HashMap<>();

  private CallCheck(Path folder) {
    this.folder = folder;
  }

  /**
   * @param library names of all functions
   */
  static void run(Path folder, MetaGraphDef metaGraph, Set<String> library) {
    CallCheck check = new CallCheck(folder);
    for (Subgraph body : Subgraph.all(metaGraph)) {
      // No function has an empty name: it stands for the main graph.
      String name = body.function().map(f -> f.getSignature().getName()).orElse("");
      check.bodies.put(name, body);
      List<String> calls = new ArrayList<>();
      for (NodeDef node : body.nodes()) {
        for (String callee : Subgraph.calls(node, library)) {
          if (!library.contains(callee)) {
            throw check.wrong(
                "a function %s, which %s in %s calls"
                    .formatted(callee, node.getName(), body.place()),
                "none");
          }
          calls.add(callee);
        }
      }
      check.calls.put(name, calls);
    }
    for (Subgraph body : check.bodies.values()) {
      body.nodes().forEach(node -> check.checkTypes(node, body));
    }
    GraphTraversal.ordered(
            check.bodies.keySet(),
            check.calls::get,
            cycle ->
                check.wrong(
                    "functions that do not call themselves",
                    "a loop: %s calls %s".formatted(String.join(" calls ", cycle), cycle.get(0))))
        .forEach(check::checkSize);
  }

  /** Checks that callers pass and expect what their functions take and return. */
  private void checkTypes(NodeDef node, Subgraph body) {
    switch (node.getOp()) {
      case "PartitionedCall", "StatefulPartitionedCall" ->
          checkTypes(node, body, "f", "Tin", "Tout");
      case "If", "StatelessIf" -> {
        checkTypes(node, body, "then_branch", "Tin", "Tout");
        checkTypes(node, body, "else_branch", "Tin", "Tout");
      }
      case "While", "StatelessWhile" -> {
        checkTypes(node, body, "cond", "T", null);
        checkTypes(node, body, "body", "T", "T");
      }
      default -> {}
    }
  }

  private void checkTypes(NodeDef node, Subgraph body, String callee, String in, String out) {
    String name = node.getAttrOrThrow(callee).getFunc().getName();
    if (!bodies.containsKey(name) || name.isEmpty()) {
      throw wrong("a function as %s of %s".formatted(callee, node.getName()), "none");
    }
    OpDef called = bodies.get(name).function().orElseThrow().getSignature();
    checkTypes(node, body, name, "arguments", in, called.getInputArgList());
    if (out != null) {
      checkTypes(node, body, name, "results", out, called.getOutputArgList());
    }
  }

  private void checkTypes(
      NodeDef node,
      Subgraph body,
      String called,
      String what,
      String attribute,
      List<OpDef.ArgDef> arguments) {
    List<DataType> said = node.getAttrOrThrow(attribute).getList().getTypeList();
    List<DataType> taken = arguments.stream().map(OpDef.ArgDef::getType).toList();
    boolean same = said.size() == taken.size();
    for (int i = 0; same && i < said.size(); i++) {
      // A type of the caller's choice is recorded as none.
      same = said.get(i) == taken.get(i) || taken.get(i) == DataType.DT_INVALID;
    }
    if (!same) {
      throw wrong(
          "%s of function %s as %s in %s says: %s"
              .formatted(what, called, node.getName(), body.place(), names(said)),
          names(taken));
    }
  }

  private static String names(List<DataType> types) {
    return types.stream().map(Shapes::name).toList().toString();
  }

  /** Checks the inlined size of a function, once the sizes of all that it calls are known. */
  private void checkSize(String name) {
    long sum = bodies.get(name).nodes().size();
    int depth = 0;
    for (String callee : calls.get(name)) {
      sum += nodes.get(callee);
      depth = Math.max(depth, depths.get(callee) + 1);
    }
    if (sum > MOST_NODES || depth > DEEPEST) {
      throw wrong(
          "at most %d operations in %s and all that it calls, %d calls deep"
              .formatted(MOST_NODES, bodies.get(name).place(), DEEPEST),
          sum > MOST_NODES ? "more operations" : depth + " calls");
    }
    nodes.put(name, sum);
    depths.put(name, depth);
  }

  private InvalidInputException wrong(String expected, String found) {
    return InvalidModel.at(folder, expected, found, "export the model anew");
  }
}

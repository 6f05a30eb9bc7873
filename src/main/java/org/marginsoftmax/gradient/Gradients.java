package org.marginsoftmax.gradient;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;

/**
 * Gradients of what is in a graph, added to it operation by operation as {@link Rules} has them.
 */
public final class Gradients {
  private final Map<String, Output<?>> sources = new HashMap<>();
  private final Map<String, List<Value>> found = new HashMap<>();
  private final Path path;

  private Gradients(List<GraphNode> ordered, Output<?> target, Collection<Output<?>> of) {
    of.forEach(source -> sources.put(GraphNode.name(source), source));
    path = new Path(ordered, GraphNode.name(target), sources.keySet());
  }

  /** What stands between a target and sources and cannot be differentiated, in words. */
  public List<String> refused() {
    return path.refused();
  }

  /** Where the way from a source ends that the target does not change with, in words. */
  public String end(Output<?> source) {
    return path.end(GraphNode.name(source));
  }

  /**
   * The way from a target down to sources, before anything is added to the graph.
   *
   * @param target what is differentiated
   * @param sources by what
   */
  public static Gradients between(Output<?> target, Collection<Output<?>> sources) {
    return new Gradients(ordered(target), target, sources);
  }

  /**
   * Adds the gradients, each where the operation is that it goes back through.
   *
   * @param graph that target and sources are in
   * @param beside from ops of the graph to those of the process that an operation is in
   * @param target as given before
   * @param gradient of it, of its shape
   * @param sources as given before
   * @return one for each source, null where the target does not change with it
   */
  public List<Output<?>> add(
      Graph graph,
      BiFunction<Ops, Operation, Ops> beside,
      Output<?> target,
      Output<?> gradient,
      List<Output<?>> sources) {
    Ops all = Ops.create(graph).withSubScope("gradients");
    put(GraphNode.name(target), new Value(beside.apply(all, target.op()), gradient));
    for (Node each : path.nodes()) {
      GraphNode node = (GraphNode) each;
      Ops tf = beside.apply(all, node.operation());
      List<Value> outputs = new ArrayList<>();
      for (int i = 0; i < node.outputs().size(); i++) {
        outputs.add(sum(tf, node.output(i)));
      }
      pass(node, Rules.of(node.type()).gradient().apply(new Step(tf, node, outputs)));
    }
    List<Output<?>> results = new ArrayList<>();
    for (Output<?> source : sources) {
      Value sum = sum(beside.apply(all, source.op()), GraphNode.name(source));
      results.add(sum == null ? null : sum.output());
    }
    return results;
  }

  private void pass(GraphNode node, List<Value> inputs) {
    for (int i = 0; i < node.inputs().size(); i++) {
      String input = node.inputs().get(i);
      if (path.contains(input) && Rules.of(node.type()).hasGradientBy(i)) {
        if (inputs.get(i) == null) {
          throw new IllegalStateException(
              "no gradient of input %d of %s (%s)".formatted(i, node.name(), node.type()));
        }
        put(input, inputs.get(i));
      }
    }
  }

  private void put(String output, Value gradient) {
    found.computeIfAbsent(output, none -> new ArrayList<>()).add(gradient);
  }

  private Value sum(Ops tf, String output) {
    List<Value> parts = path.contains(output) ? found.get(output) : null;
    if (parts == null) {
      return null;
    }
    return parts.size() == 1
        ? new Value(tf, parts.get(0).output())
        : new Value.Call(tf, "AddN").of(parts);
  }

  /** All that a target depends on, inputs before those that use them. */
  private static List<GraphNode> ordered(Output<?> target) {
    List<GraphNode> ordered = new ArrayList<>();
    Map<String, GraphNode> entered = new HashMap<>();
    Set<String> done = new HashSet<>();
    Deque<Operation> open = new ArrayDeque<>(List.of(target.op()));
    while (!open.isEmpty()) {
      Operation operation = open.peek();
      String name = operation.name();
      GraphNode node = entered.get(name);
      if (node == null) {
        node = GraphNode.of(operation);
        entered.put(name, node);
        node.tensors().forEach(tensor -> open.push(tensor.op()));
      } else {
        open.pop();
        if (done.add(name)) {
          ordered.add(node);
        }
      }
    }
    return ordered;
  }
}

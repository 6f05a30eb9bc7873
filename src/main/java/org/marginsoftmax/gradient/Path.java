package org.marginsoftmax.gradient;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tensorflow.proto.DataType;

/**
 * The way of a gradient from a target down to sources: operations that lie on it, and the outputs
 * that it comes by. What leads to the target through whole numbers only, or through operations that
 * pass no gradient, is not on it.
 */
public final class Path {
  private static final Set<DataType> CARRIERS =
      Set.of(
          DataType.DT_HALF,
          DataType.DT_BFLOAT16,
          DataType.DT_FLOAT,
          DataType.DT_DOUBLE,
          DataType.DT_COMPLEX64,
          DataType.DT_COMPLEX128,
          // Variables, and what loops and lists hand on.
          DataType.DT_RESOURCE,
          DataType.DT_VARIANT);

  /** Under which Python finds a gradient that a model brought with it. */
  private static final String OWN_GRADIENT = "_gradient_op_type";

  private final List<? extends Node> ordered;
  private final List<Node> nodes = new ArrayList<>();
  private final Set<String> outputs = new HashSet<>();

  /**
   * The way between.
   *
   * @param ordered all that the target depends on, inputs before those that use them
   * @param target an output, {@code name:index}
   * @param sources outputs, {@code name:index}
   */
  public Path(List<? extends Node> ordered, String target, Collection<String> sources) {
    this.ordered = ordered;
    Set<String> carried = new HashSet<>(sources);
    for (Node node : ordered) {
      carried.addAll(carried(node, carried));
    }
    Set<String> open = new HashSet<>();
    if (carried.contains(target)) {
      open.add(target);
    }
    for (int n = ordered.size() - 1; n >= 0; n--) {
      Node node = ordered.get(n);
      boolean asked =
          IntStream.range(0, node.outputs().size()).anyMatch(i -> open.contains(node.output(i)));
      if (asked) {
        List<String> below =
            passing(node, Rules.of(node.type())).filter(carried::contains).toList();
        open.addAll(below);
        if (!below.isEmpty()) {
          nodes.add(node);
        }
      }
    }
    outputs.addAll(open);
  }

  /** Outputs that change with what others carry. */
  private static List<String> carried(Node node, Set<String> others) {
    Rule rule = Rules.of(node.type());
    return passing(node, rule).noneMatch(others::contains)
        ? List.of()
        : IntStream.range(0, node.outputs().size())
            .filter(i -> rule.hasGradientOf(i) && CARRIERS.contains(node.outputs().get(i)))
            .mapToObj(node::output)
            .toList();
  }

  private static Stream<String> passing(Node node, Rule rule) {
    return IntStream.range(0, node.inputs().size())
        .filter(rule::hasGradientBy)
        .mapToObj(node.inputs()::get);
  }

  /** Whether the gradient comes by an output. */
  public boolean contains(String output) {
    return outputs.contains(output);
  }

  /** Operations on it that no gradient can be taken of, in words: {@code name (Type)}. */
  public List<String> refused() {
    List<String> refused = new ArrayList<>();
    for (int n = nodes.size() - 1; n >= 0; n--) {
      Node node = nodes.get(n);
      String reason = Rules.of(node.type()).refusal(node);
      if (reason != null) {
        refused.add("%s (%s%s)".formatted(node.name(), node.type(), reason));
      }
    }
    return refused;
  }

  /** Operations on it that have a gradient of the model's own, which is not taken. */
  public List<Node> overridden() {
    return nodes.stream()
        .filter(node -> !node.attribute(OWN_GRADIENT).getS().isEmpty())
        .sorted(Comparator.comparing(Node::name))
        .toList();
  }

  /** The first operation that passes no gradient on to a source, as {@code name (Type)}. */
  public String end(String source) {
    Set<String> reached = new HashSet<>(Set.of(source));
    for (Node node : ordered) {
      if (node.inputs().stream().anyMatch(reached::contains)) {
        List<String> outputs = carried(node, reached);
        if (outputs.isEmpty()) {
          return "%s (%s)".formatted(node.name(), node.type());
        }
        reached.addAll(outputs);
      }
    }
    return source;
  }

  /** Operations on it, the target's first. */
  List<Node> nodes() {
    return nodes;
  }
}

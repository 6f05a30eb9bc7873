package org.marginsoftmax.savedmodel;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A graph without function calls, as {@link Inliner} builds it from a model. */
public final class FlatGraph {
  private static final Pattern CALL = Pattern.compile("(Stateful)?PartitionedCall(_\\d+)?");

  private final Map<String, FlatNode> nodes = new LinkedHashMap<>();

  /** Adds a node, in place of any with the same name. */
  public void add(FlatNode node) {
    nodes.put(node.name(), node);
  }

  /** All nodes. */
  public Collection<FlatNode> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  /** The node that an output belongs to. */
  public FlatNode of(String output) {
    return nodes.get(FlatNode.nodeOf(output));
  }

  /**
   * The output that a value originally comes from, found by skipping nodes that pass it on
   * unchanged.
   */
  public String origin(String output) {
    FlatNode node = of(output);
    while (node.type().equals("Identity")
        || node.type().equals("StopGradient")
        || node.type().equals("IdentityN")) {
      output = node.inputs().get(FlatNode.indexOf(output));
      node = of(output);
    }
    return output;
  }

  /** The nodes that the outputs depend on, in topological order: inputs come before their users. */
  public List<FlatNode> needed(Collection<String> outputs) {
    return needed(outputs, Set.of());
  }

  /**
   * The nodes that the outputs depend on, in topological order, with the search stopping at known
   * outputs.
   */
  public List<FlatNode> needed(Collection<String> outputs, Set<String> known) {
    return GraphTraversal.ordered(
            outputs.stream()
                .filter(output -> !known.contains(output))
                .map(FlatNode::nodeOf)
                .toList(),
            name ->
                nodes.get(name).inputs().stream()
                    .filter(input -> !known.contains(input))
                    .map(FlatNode::nodeOf)
                    .toList())
        .stream()
        .map(nodes::get)
        .toList();
  }

  /**
   * Names of the layers on the way to the outputs, as {@link #layer} accepts them: parts of node
   * names.
   */
  public Set<String> layers(Collection<String> outputs) {
    Set<String> layers = new LinkedHashSet<>();
    for (FlatNode node : needed(outputs)) {
      List<String> parts = parts(node);
      if (parts.size() >= 2) {
        layers.add(parts.get(parts.size() == 2 ? 0 : 1));
      }
    }
    return layers;
  }

  /**
   * The last node of a layer among the nodes that the outputs depend on: a node with this name, or
   * with this name as a part of its own. Keras 3 numbers layer names on export, so {@code
   * embedding_1} is accepted for {@code embedding} if there is no other.
   */
  public Optional<FlatNode> layer(String name, Collection<String> outputs) {
    Set<String> layers = layers(outputs);
    String part = name;
    if (!layers.contains(name)) {
      List<String> numbered =
          layers.stream().filter(layer -> layer.matches(Pattern.quote(name) + "_\\d+")).toList();
      part = numbered.size() == 1 ? numbered.get(0) : name;
    }
    FlatNode last = null;
    for (FlatNode node : needed(outputs)) {
      if (node.name().equals(name)
          || node.name().endsWith("/" + name)
          || parts(node).contains(part)) {
        last = node;
      }
    }
    return Optional.ofNullable(last);
  }

  /**
   * Parts of a node's name without calls; none for a variable, since it is named like its layer.
   */
  private static List<String> parts(FlatNode node) {
    return node.type().equals("VarHandleOp")
        ? List.of()
        : Arrays.stream(node.name().split("/"))
            .filter(part -> !CALL.matcher(part).matches())
            .toList();
  }
}

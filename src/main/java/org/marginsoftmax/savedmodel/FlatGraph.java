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

/** Nodes without function calls between them: what {@link Inliner} makes of a model. */
public final class FlatGraph {
  private static final Pattern CALL = Pattern.compile("(Stateful)?PartitionedCall(_\\d+)?");

  private final Map<String, FlatNode> nodes = new LinkedHashMap<>();

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

  /** Where an output comes from once nodes that pass it on unchanged are left out. */
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

  /** The nodes that outputs depend on, inputs before those that use them. */
  public List<FlatNode> needed(Collection<String> outputs) {
    return needed(outputs, Set.of());
  }

  /** The nodes that outputs depend on, but for those that only known outputs depend on. */
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

  /** Names that {@link #layer} finds: parts of the names of nodes, below the model's own. */
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
   * The last node, of those needed for some outputs, of this name or below a part of this name.
   * Keras 3 adds a number to a layer's name when it exports it: {@code embedding_1} is taken for
   * {@code embedding} where there is no other.
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

  /** Parts of a node's name without the calls; none of a variable, which is named like a layer. */
  private static List<String> parts(FlatNode node) {
    return node.type().equals("VarHandleOp")
        ? List.of()
        : Arrays.stream(node.name().split("/"))
            .filter(part -> !CALL.matcher(part).matches())
            .toList();
  }
}

package org.marginsoftmax.keras;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Nodes without function calls between them: what {@link Flattening} makes of a model. */
final class FlatGraph {
  private final Map<String, FlatNode> nodes = new LinkedHashMap<>();

  void add(FlatNode node) {
    nodes.put(node.name(), node);
  }

  /** All nodes. */
  Collection<FlatNode> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  /** The node that an output belongs to. */
  FlatNode of(String output) {
    return nodes.get(FlatNode.nodeOf(output));
  }

  /** Where an output comes from once nodes that pass it on unchanged are left out. */
  String origin(String output) {
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
  List<FlatNode> needed(Collection<String> outputs) {
    return needed(outputs, Set.of());
  }

  /** Likewise, but for what outputs that are known depend on. */
  List<FlatNode> needed(Collection<String> outputs, Set<String> known) {
    Set<String> entered = new HashSet<>();
    Set<FlatNode> ordered = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      String output = open.peek();
      FlatNode node = of(output);
      if (known.contains(output) || ordered.contains(node)) {
        open.pop();
      } else if (entered.add(node.name())) {
        node.inputs().forEach(open::push);
      } else {
        open.pop();
        ordered.add(node);
      }
    }
    return List.copyOf(ordered);
  }

  /** Names that {@link #layer} finds, as their nodes have them, those that come first in front. */
  Set<String> layers(String output) {
    Set<String> layers = new LinkedHashSet<>();
    for (FlatNode node : needed(List.of(output))) {
      String[] parts = node.name().split("/");
      for (int i = parts.length - 2; i >= 0; i--) {
        if (!parts[i].startsWith("StatefulPartitionedCall")
            && !parts[i].startsWith("PartitionedCall")) {
          layers.add(parts[i]);
          break;
        }
      }
    }
    return layers;
  }

  /** The last node, of those needed for an output, whose name has a part of this name. */
  Optional<FlatNode> layer(String name, String output) {
    FlatNode last = null;
    for (FlatNode node : needed(List.of(output))) {
      if (node.name().equals(name)
          || node.name().endsWith("/" + name)
          || ("/" + node.name()).contains("/" + name + "/")) {
        last = node;
      }
    }
    return Optional.ofNullable(last);
  }
}

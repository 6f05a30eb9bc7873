package org.marginsoftmax.keras;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;

/**
 * How many trained layers lie between each variable's own and the features. Names tell which
 * variables are of one layer ({@code conv2d/kernel} and {@code conv2d/bias}), and the graph where
 * it is: as far from the images as the longest way to the first operation that uses it.
 */
final class LayerOrder {
  /** Of what does not depend on the images. */
  private static final int APART = -1;

  private final FeatureGraph part;
  private final Map<String, Integer> levels = new HashMap<>();

  /** Handles that a node which does not depend on the images is made of. */
  private final Map<String, Set<String>> handles = new HashMap<>();

  private final Map<String, Integer> firstUses = new HashMap<>();

  private LayerOrder(FeatureGraph part) {
    this.part = part;
  }

  /**
   * Orders the layers of a model.
   *
   * @return for each variable that is trained, by name, the number of layers above its own
   */
  static Map<String, Integer> of(
      FeatureGraph part, ModelVariables variables, Collection<ModelVariable> trained) {
    LayerOrder order = new LayerOrder(part);
    part.needed().forEach(order::visit);
    Map<String, Integer> byLayer = new HashMap<>();
    order.firstUses.forEach(
        (handle, level) -> {
          ModelVariable variable = variables.of(handle);
          if (trained.contains(variable)) {
            byLayer.merge(layer(variable.name()), level, Math::min);
          }
        });
    List<Integer> fromTop =
        byLayer.values().stream().distinct().sorted(Comparator.reverseOrder()).toList();
    return trained.stream()
        .filter(variable -> byLayer.containsKey(layer(variable.name())))
        .collect(
            Collectors.toMap(
                ModelVariable::name,
                variable -> fromTop.indexOf(byLayer.get(layer(variable.name()))),
                (first, second) -> first));
  }

  private void visit(FlatNode node) {
    int level = APART;
    if (node.name().equals(FlatNode.nodeOf(part.images()))) {
      level = 0;
    } else {
      for (String input : node.inputs()) {
        int below = levels.getOrDefault(FlatNode.nodeOf(input), APART);
        level = below == APART ? level : Math.max(level, below + 1);
      }
    }
    levels.put(node.name(), level);
    Set<String> made = new HashSet<>();
    if (node.type().equals("VarHandleOp")) {
      made.add(node.output(0));
    }
    for (String input : node.inputs()) {
      made.addAll(handles.getOrDefault(FlatNode.nodeOf(input), Set.of()));
    }
    if (level == APART) {
      handles.put(node.name(), made);
    } else {
      for (String handle : made) {
        firstUses.merge(handle, level, Math::min);
      }
    }
  }

  private static String layer(String variable) {
    return variable.substring(0, Math.max(0, variable.lastIndexOf('/')));
  }
}

package org.marginsoftmax.keras;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
 * it is: above as many trained layers as the longest way from the images to its first use has.
 */
final class LayerOrder {
  /**
   * A place in the graph.
   *
   * @param level number of trained layers on the longest way to it
   * @param layer the last of them
   */
  private record Place(int level, String layer) {}

  private final FeatureGraph part;
  private final ModelVariables variables;
  private final Collection<ModelVariable> trained;

  /** Of the nodes that depend on the images. */
  private final Map<String, Place> places = new HashMap<>();

  /** Handles that a node which does not depend on the images is made of. */
  private final Map<String, Set<String>> handles = new HashMap<>();

  private final Map<String, Integer> levels = new HashMap<>();

  private LayerOrder(
      FeatureGraph part, ModelVariables variables, Collection<ModelVariable> trained) {
    this.part = part;
    this.variables = variables;
    this.trained = trained;
  }

  /**
   * Orders the layers of a model.
   *
   * @return for each variable that is trained, by name, the number of layers above its own
   */
  static Map<String, Integer> of(
      FeatureGraph part, ModelVariables variables, Collection<ModelVariable> trained) {
    LayerOrder order = new LayerOrder(part, variables, trained);
    part.needed().forEach(order::visit);
    List<Integer> fromTop =
        order.levels.values().stream().distinct().sorted(Comparator.reverseOrder()).toList();
    return trained.stream()
        .filter(variable -> order.levels.containsKey(layer(variable.name())))
        .collect(
            Collectors.toMap(
                ModelVariable::name,
                variable -> fromTop.indexOf(order.levels.get(layer(variable.name()))),
                (first, second) -> first));
  }

  private void visit(FlatNode node) {
    Set<String> made = new LinkedHashSet<>();
    if (node.type().equals("VarHandleOp")) {
      made.add(node.output(0));
    }
    Place below = node.name().equals(FlatNode.nodeOf(part.images())) ? new Place(0, "") : null;
    for (String input : node.inputs()) {
      String from = FlatNode.nodeOf(input);
      made.addAll(handles.getOrDefault(from, Set.of()));
      Place place = places.get(from);
      if (place != null && (below == null || place.level() > below.level())) {
        below = place;
      }
    }
    if (below == null) {
      handles.put(node.name(), made);
    } else {
      places.put(node.name(), above(below, made));
    }
  }

  /** The place of what uses variables, counting their layers unless it is in them already. */
  private Place above(Place below, Set<String> used) {
    Place place = below;
    for (String handle : used) {
      ModelVariable variable = variables.of(handle);
      String layer = layer(variable.name());
      if (trained.contains(variable) && !layer.equals(below.layer())) {
        place = new Place(below.level() + 1, layer);
        levels.merge(layer, place.level(), Math::min);
      }
    }
    return place;
  }

  /** A variable whose name has no slash is a layer of its own; parts of one are no layers. */
  private static String layer(String variable) {
    String whole = variable.replaceFirst("/part_\\d+$", "");
    int end = whole.lastIndexOf('/');
    return end < 0 ? whole : whole.substring(0, end);
  }
}

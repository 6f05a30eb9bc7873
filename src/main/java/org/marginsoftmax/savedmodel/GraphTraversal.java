package org.marginsoftmax.savedmodel;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.proto.NodeDef;

/** Traverses graphs depth first without recursion, since models can be thousands of nodes deep. */
public final class GraphTraversal {
  private GraphTraversal() {}

  /** The given nodes and all that can be reached from them; there may be cycles. */
  static <T> Set<T> reachable(Collection<T> from, Function<T, ? extends Collection<T>> next) {
    Set<T> reached = new LinkedHashSet<>();
    Deque<T> open = new ArrayDeque<>(from);
    while (!open.isEmpty()) {
      T each = open.pop();
      if (reached.add(each)) {
        next.apply(each).forEach(open::push);
      }
    }
    return reached;
  }

  /** The given nodes and all that they depend on, by control edges too. */
  static Set<String> needed(Collection<String> wanted, Map<String, NodeDef> nodes) {
    return reachable(
        wanted.stream().filter(nodes::containsKey).toList(),
        name ->
            nodes.get(name).getInputList().stream()
                .map(TensorName::nodeOf)
                .filter(nodes::containsKey)
                .toList());
  }

  /**
   * The given nodes and all that can be reached from them, each after everything that can be
   * reached from it.
   *
   * @param cycle creates the exception for a cycle from the nodes along it
   */
  static <T> Set<T> ordered(
      Collection<T> from,
      Function<T, ? extends Collection<T>> next,
      Function<List<T>, RuntimeException> cycle) {
    Set<T> ordered = new LinkedHashSet<>();
    // Entered and not left yet, the outermost first: the way to where the walk is.
    Set<T> way = new LinkedHashSet<>();
    Deque<T> open = new ArrayDeque<>(from);
    while (!open.isEmpty()) {
      T top = open.peek();
      if (ordered.contains(top)) {
        open.pop();
      } else if (way.add(top)) {
        for (T each : next.apply(top)) {
          if (way.contains(each)) {
            List<T> all = List.copyOf(way);
            throw cycle.apply(all.subList(all.indexOf(each), all.size()));
          }
          if (!ordered.contains(each)) {
            open.push(each);
          }
        }
      } else {
        open.pop();
        way.remove(top);
        ordered.add(top);
      }
    }
    return ordered;
  }

  /**
   * The given nodes and all that can be reached from them in a graph without cycles. Each comes
   * after everything that can be reached from it.
   */
  public static <T> Set<T> ordered(Collection<T> from, Function<T, ? extends Collection<T>> next) {
    return ordered(
        from, next, cycle -> new IllegalStateException("a cycle around " + cycle.get(0)));
  }
}

package org.marginsoftmax.export;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The nodes of a GraphDef by the names that inputs give them: {@code node} or {@code node:index}.
 */
final class GraphNodes {
  private GraphNodes() {}

  static String nodeOf(String input) {
    int colon = input.lastIndexOf(':');
    return colon < 0 ? input : input.substring(0, colon);
  }

  static int indexOf(String input) {
    int colon = input.lastIndexOf(':');
    return colon < 0 ? 0 : Integer.parseInt(input.substring(colon + 1));
  }

  /** Some nodes and all that they depend on, inputs before those that use them. */
  static List<String> ordered(Collection<String> from, Function<String, List<String>> inputs) {
    Set<String> entered = new HashSet<>();
    Set<String> ordered = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>();
    for (String start : from) {
      open.push(start);
      while (!open.isEmpty()) {
        String name = open.peek();
        if (!ordered.contains(name) && entered.add(name)) {
          inputs.apply(name).forEach(open::push);
        } else {
          open.pop();
          ordered.add(name);
        }
      }
    }
    return List.copyOf(ordered);
  }
}

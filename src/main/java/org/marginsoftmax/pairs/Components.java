package org.marginsoftmax.pairs;

import java.util.Arrays;

/** Connected components of a graph that grows by edges (union by the smaller number). */
final class Components {
  private final int[] parents;

  Components(int nodes) {
    parents = new int[nodes];
    Arrays.setAll(parents, i -> i);
  }

  void join(int a, int b) {
    int first = root(a);
    int second = root(b);
    parents[Math.max(first, second)] = Math.min(first, second);
  }

  private int root(int node) {
    int at = node;
    while (parents[at] != at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }

  /** The component of each node, numbered from 0 by their first nodes. */
  int[] numbers() {
    int[] numbers = new int[parents.length];
    int count = 0;
    for (int i = 0; i < numbers.length; i++) {
      int root = root(i);
      numbers[i] = root == i ? count++ : numbers[root];
    }
    return numbers;
  }
}

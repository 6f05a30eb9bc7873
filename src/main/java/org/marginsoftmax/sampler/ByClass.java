package org.marginsoftmax.sampler;

import java.util.stream.IntStream;

/** Samples by class. */
final class ByClass {
  private ByClass() {}

  /** For each class, the indices of its samples, ascending. */
  static int[][] members(int[] labels, int classes) {
    int[][] members = new int[classes][];
    int[] counts = counts(labels, classes);
    for (int k = 0; k < classes; k++) {
      members[k] = new int[counts[k]];
    }
    int[] filled = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      members[labels[i]][filled[labels[i]]++] = i;
    }
    return members;
  }

  static int[] counts(int[] labels, int classes) {
    int[] counts = new int[classes];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  /** The classes that have samples, ascending. */
  static int[] present(int[][] members) {
    return IntStream.range(0, members.length).filter(k -> members[k].length > 0).toArray();
  }
}

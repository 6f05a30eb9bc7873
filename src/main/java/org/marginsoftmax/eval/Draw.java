package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Draws samples at random, reproducibly by seed. */
public final class Draw {
  private Draw() {}

  /**
   * Draws at most n samples, balanced over the classes as far as their sizes allow; if there are
   * more classes than that, one each of n classes, drawn too.
   *
   * @param labels of all samples, each at least 0
   * @param n largest number of samples to draw; all of them if there are no more
   * @return indices of the samples drawn, ascending
   */
  public static int[] balanced(int[] labels, int n, long seed) {
    if (n >= labels.length) {
      int[] all = new int[labels.length];
      Arrays.setAll(all, i -> i);
      return all;
    }
    // Members of class k are at starts[k] to starts[k + 1].
    int[] starts = new int[Arrays.stream(labels).max().orElse(-1) + 2];
    for (int label : labels) {
      starts[label + 1]++;
    }
    Arrays.parallelPrefix(starts, Integer::sum);
    int[] filled = starts.clone();
    int[] members = new int[labels.length];
    for (int i = 0; i < labels.length; i++) {
      members[filled[labels[i]]++] = i;
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (int k = 0; k + 1 < starts.length; k++) {
      shuffle(members, starts[k], starts[k + 1], random);
    }
    int[] classes =
        IntStream.range(0, starts.length - 1).filter(k -> starts[k] < starts[k + 1]).toArray();
    if (classes.length > n) {
      shuffle(classes, 0, classes.length, random);
    }
    int[] drawn = new int[n];
    int count = 0;
    for (int round = 0; count < n; round++) {
      for (int k : classes) {
        if (starts[k] + round < starts[k + 1] && count < n) {
          drawn[count++] = members[starts[k] + round];
        }
      }
    }
    Arrays.sort(drawn);
    return drawn;
  }

  /**
   * All samples of some classes, which are drawn if there are more than that.
   *
   * @param labels of all samples
   * @param classes the labels to draw from, each once; they are shuffled
   * @param n largest number of classes
   * @return indices of the samples, ascending
   */
  static int[] ofClasses(int[] labels, int[] classes, int n, long seed) {
    shuffle(classes, 0, classes.length, new SplittableRandom(seed));
    BitSet drawn = new BitSet();
    Arrays.stream(classes, 0, Math.min(n, classes.length)).forEach(drawn::set);
    return IntStream.range(0, labels.length).filter(i -> drawn.get(labels[i])).toArray();
  }

  /** Shuffles values[from] to values[to - 1]. */
  static void shuffle(int[] values, int from, int to, SplittableRandom random) {
    for (int i = to - from - 1; i > 0; i--) {
      int j = from + random.nextInt(i + 1);
      int value = values[from + i];
      values[from + i] = values[j];
      values[j] = value;
    }
  }
}

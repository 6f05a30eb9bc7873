package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

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
    List<List<Integer>> members = new ArrayList<>();
    for (int k = Arrays.stream(labels).max().orElse(-1); k >= 0; k--) {
      members.add(new ArrayList<>());
    }
    for (int i = 0; i < labels.length; i++) {
      members.get(labels[i]).add(i);
    }
    SplittableRandom random = new SplittableRandom(seed);
    members.forEach(of -> shuffle(of, random));
    members.removeIf(List::isEmpty);
    if (members.size() > n) {
      shuffle(members, random);
    }
    int[] drawn = new int[n];
    int count = 0;
    for (int round = 0; count < n; round++) {
      for (List<Integer> of : members) {
        if (round < of.size() && count < n) {
          drawn[count++] = of.get(round);
        }
      }
    }
    Arrays.sort(drawn);
    return drawn;
  }

  private static void shuffle(List<?> values, SplittableRandom random) {
    for (int i = values.size() - 1; i > 0; i--) {
      Collections.swap(values, i, random.nextInt(i + 1));
    }
  }
}

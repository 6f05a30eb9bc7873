package org.marginsoftmax.sampler;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Hands out numbers in random order, all of them before any again. */
final class Cycle {
  private final int[] items;
  private int next;

  /** Starts with a shuffle at the first call of {@link #take}. */
  Cycle(int[] items) {
    this.items = items.clone();
    next = items.length;
  }

  /** The next n, each once if there are as many. */
  int[] take(int n, SplittableRandom random) {
    int[] taken = new int[n];
    for (int i = 0; i < n; i++) {
      if (next == items.length) {
        shuffle(items, random);
        putLast(Arrays.copyOf(taken, i));
        next = 0;
      }
      taken[i] = items[next++];
    }
    return taken;
  }

  /** Those just taken come last again, so that they are not taken twice at once. */
  private void putLast(int[] last) {
    Arrays.sort(last);
    int[] sorted = new int[items.length];
    int front = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (int item : items) {
        if ((Arrays.binarySearch(last, item) >= 0) == (pass == 1)) {
          sorted[front++] = item;
        }
      }
    }
    System.arraycopy(sorted, 0, items, 0, sorted.length);
  }

  /** Puts numbers in random order (Fisher and Yates; Durstenfeld 1964). */
  static void shuffle(int[] numbers, SplittableRandom random) {
    for (int i = numbers.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int moved = numbers[i];
      numbers[i] = numbers[j];
      numbers[j] = moved;
    }
  }
}

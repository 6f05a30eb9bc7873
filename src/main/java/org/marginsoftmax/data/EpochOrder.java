package org.marginsoftmax.data;

import java.util.SplittableRandom;

/** The random order of an epoch. */
public final class EpochOrder {
  private EpochOrder() {}

  /**
   * A permutation of 0..size-1 that depends only on seed and epoch, so that a run can resume in the
   * middle of an epoch without saving the order.
   */
  public static int[] shuffled(int size, long seed, int epoch) {
    return shuffle(size, ofEpoch(seed, epoch));
  }

  /** Random numbers that depend only on seed and epoch. */
  public static SplittableRandom random(long seed, int epoch) {
    return new SplittableRandom(ofEpoch(seed, epoch));
  }

  private static long ofEpoch(long seed, int epoch) {
    return new SplittableRandom(seed).split().nextLong() ^ mix(epoch);
  }

  /** A permutation of 0..size-1 (Fisher and Yates; Durstenfeld 1964). */
  static int[] shuffle(int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** Spreads neighbouring numbers over all 64 bits. */
  private static long mix(long value) {
    return new SplittableRandom(value).nextLong();
  }
}

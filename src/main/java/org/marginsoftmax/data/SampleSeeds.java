package org.marginsoftmax.data;

import java.util.SplittableRandom;

/**
 * Seeds for what is drawn for the samples of an epoch. A seed depends on the sample, not on its
 * place in a batch or on the thread that prepares it.
 */
final class SampleSeeds {
  private final long ofEpoch;

  SampleSeeds(long seed, int epoch) {
    ofEpoch = mix(mix(seed) + epoch);
  }

  /**
   * The seed of one drawing of a sample.
   *
   * @param number index of the sample in the training data
   * @param before how often the epoch has drawn this sample before
   */
  long of(int number, int before) {
    return mix(mix(ofEpoch + number) + before);
  }

  /** For each place of an order, how often its sample comes before it. */
  static int[] before(int[] order, int samples) {
    int[] drawn = new int[samples];
    int[] before = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      before[i] = drawn[order[i]]++;
    }
    return before;
  }

  /** Spreads neighbouring numbers over all 64 bits. */
  private static long mix(long value) {
    return new SplittableRandom(value).nextLong();
  }
}

package org.marginsoftmax.train;

import java.util.SplittableRandom;

/**
 * Random numbers that heads draw for samples. A draw is a function of the seed, the step and the
 * index of the sample in the data, so that it does not depend on the sample's position in the batch
 * or on the process that computes it.
 */
final class SampleDraws {
  private SampleDraws() {}

  /**
   * A standard normal number for each sample (Box and Muller 1958).
   *
   * @param step steps taken before
   * @param numbers of the samples in the data, [N]
   */
  static double[] normal(long seed, long step, int[] numbers) {
    long ofStep = mix(mix(seed) + step);
    double[] draws = new double[numbers.length];
    for (int i = 0; i < draws.length; i++) {
      SplittableRandom random = new SplittableRandom(mix(ofStep + numbers[i]));
      double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
      draws[i] = radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
    }
    return draws;
  }

  /** Spreads neighbouring numbers over all 64 bits. */
  private static long mix(long value) {
    return new SplittableRandom(value).nextLong();
  }
}

package org.marginsoftmax.augment;

import java.util.SplittableRandom;

/** Normally distributed noise. */
final class Noise {
  private Noise() {}

  /**
   * Adds independent noise to every number.
   *
   * @param sigma standard deviation
   */
  static void add(float[] numbers, double sigma, SplittableRandom random) {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += (float) (sigma * random.nextGaussian());
    }
  }
}

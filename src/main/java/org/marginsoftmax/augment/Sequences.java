package org.marginsoftmax.augment;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Changes of arrays [T, F]: T frames in time, F numbers each. */
final class Sequences {
  private Sequences() {}

  /**
   * Keeps a window of frames at a random place; it is repeated to fill the array.
   *
   * @param values T x F numbers, changed in place
   * @param frames T
   * @param kept number of frames to keep, 1..T
   */
  static void crop(float[] values, int frames, int kept, SplittableRandom random) {
    int size = values.length / frames;
    int start = random.nextInt(frames - kept + 1);
    float[] window = Arrays.copyOfRange(values, start * size, (start + kept) * size);
    for (int i = 0; i < values.length; i++) {
      values[i] = window[i % window.length];
    }
  }

  /**
   * Masks neighbouring frames with the mean of the array (SpecAugment, Park 2019,
   * arXiv:1904.08779).
   *
   * @param frames T
   * @param masked number of frames to mask, 0..T
   */
  static void maskTime(float[] values, int frames, int masked, SplittableRandom random) {
    int size = values.length / frames;
    int start = random.nextInt(frames - masked + 1);
    Arrays.fill(values, start * size, (start + masked) * size, mean(values));
  }

  /**
   * Masks neighbouring columns, such as frequencies, with the mean of the array (SpecAugment).
   *
   * @param frames T
   * @param masked number of columns to mask, 0..F
   */
  static void maskFrequency(float[] values, int frames, int masked, SplittableRandom random) {
    int size = values.length / frames;
    float mean = mean(values);
    int start = random.nextInt(size - masked + 1);
    for (int t = 0; t < frames; t++) {
      Arrays.fill(values, t * size + start, t * size + start + masked, mean);
    }
  }

  /** Adds noise whose standard deviation is a share of that of the array. */
  static void noise(float[] values, double share, SplittableRandom random) {
    double mean = mean(values);
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    Noise.add(values, share * Math.sqrt(squares / values.length), random);
  }

  private static float mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return (float) (sum / values.length);
  }
}

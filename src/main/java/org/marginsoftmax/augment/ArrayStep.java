package org.marginsoftmax.augment;

import java.util.SplittableRandom;

/** The steps for arrays: what is drawn, uniformly, and what is done with it. */
enum ArrayStep implements StepType {
  TIME_CROP(
      "time-crop",
      1,
      new Strength(0.3, 0.9, "share of the frames cut off at most"),
      "keeps a window of frames at a random place and repeats it to the full length") {
    @Override
    void change(float[] values, int frames, double strength, SplittableRandom random) {
      int cut = (int) Math.round(frames * strength * random.nextDouble());
      Sequences.crop(values, frames, Math.max(1, frames - cut), random);
    }
  },
  TIME_MASK(
      "time-mask",
      1,
      new Strength(10, Double.POSITIVE_INFINITY, "frames, at most"),
      "masks frames with the mean of the array") {
    @Override
    void change(float[] values, int frames, double strength, SplittableRandom random) {
      Sequences.maskTime(values, frames, random.nextInt((int) strength + 1), random);
    }

    @Override
    double largest(int frames, int columns) {
      return frames;
    }
  },
  FREQUENCY_MASK(
      "frequency-mask",
      1,
      new Strength(5, Double.POSITIVE_INFINITY, "columns, at most"),
      "masks columns with the mean of the array") {
    @Override
    void change(float[] values, int frames, double strength, SplittableRandom random) {
      Sequences.maskFrequency(values, frames, random.nextInt((int) strength + 1), random);
    }

    @Override
    double largest(int frames, int columns) {
      return columns;
    }
  },
  NOISE(
      "noise",
      1,
      new Strength(0.1, 2, "standard deviation as a share of the array's, at most"),
      "adds normally distributed noise to each number") {
    @Override
    void change(float[] values, int frames, double strength, SplittableRandom random) {
      Sequences.noise(values, strength * random.nextDouble(), random);
    }

    @Override
    boolean ofSequences() {
      return false;
    }
  };

  private final About about;

  ArrayStep(String word, double probability, Strength strength, String what) {
    about = new About(word, probability, strength, what);
  }

  /**
   * Changes an array in place.
   *
   * @param values T x F numbers
   * @param frames T
   */
  abstract void change(float[] values, int frames, double strength, SplittableRandom random);

  /** Whether it needs arrays [T, F]. */
  boolean ofSequences() {
    return true;
  }

  /** The largest strength for arrays [T, F]. */
  double largest(int frames, int columns) {
    return strength().largest();
  }

  @Override
  public About about() {
    return about;
  }
}

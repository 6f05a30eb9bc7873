package org.marginsoftmax.augment;

import java.util.SplittableRandom;

/** The steps that mix samples of a batch in pairs. */
enum MixStep implements StepType {
  MIXUP(
      "mixup",
      0.5,
      new Strength(0.2, 10, "alpha of the Beta distribution of the shares"),
      "adds up each sample of a batch and another, and their labels, in shares"),
  CUTMIX(
      "cutmix",
      0.5,
      new Strength(1, 10, "alpha of the Beta distribution of the shares"),
      "puts a rectangle of another sample of the batch into each, labels by area");

  private final About about;

  MixStep(String word, double probability, Strength strength, String what) {
    about = new About(word, probability, strength, what);
  }

  /**
   * A share of the first of two, from the upper half of Beta(alpha, alpha): which of a pair comes
   * first is drawn anyway.
   */
  static double share(double alpha, SplittableRandom random) {
    double a = gamma(alpha, random);
    double b = gamma(alpha, random);
    double share = a + b > 0 ? a / (a + b) : 1;
    return Math.max(share, 1 - share);
  }

  /** Gamma-distributed (Marsaglia and Tsang 2000). */
  private static double gamma(double shape, SplittableRandom random) {
    if (shape < 1) {
      return gamma(shape + 1, random) * StrictMath.pow(random.nextDouble(), 1 / shape);
    }
    double d = shape - 1.0 / 3;
    while (true) {
      double x = random.nextGaussian();
      double v = 1 + x / StrictMath.sqrt(9 * d);
      double cubed = v * v * v;
      if (v > 0
          && StrictMath.log(1 - random.nextDouble())
              < x * x / 2 + d - d * cubed + d * StrictMath.log(cubed)) {
        return d * cubed;
      }
    }
  }

  @Override
  public About about() {
    return about;
  }
}

package org.marginsoftmax.layer;

import org.marginsoftmax.InvalidInputException;

/**
 * The scale s that cosines are multiplied by: the radius of the hypersphere that features lie on.
 */
public sealed interface Scale permits Scale.Fixed, Scale.AdaCos {
  /**
   * A constant scale.
   *
   * @param value s, above 0, up to 1e4
   */
  record Fixed(double value) implements Scale {
    /**
     * @throws InvalidInputException if s is out of range
     */
    public Fixed {
      if (!(value > 0 && value <= 1e4)) {
        throw new InvalidInputException(
            "scale: expected s above 0, up to 10000, found "
                + value
                + "; usual values are 30 for small sets of classes and 64 for large ones");
      }
    }
  }

  /**
   * Dynamic AdaCos (Zhang 2019, arXiv:1905.00292, section 4.2). s starts at {@link #start}. Each
   * step sets it before use, without a gradient, to ln(B) / cos(min(pi/4, theta)). B is the batch
   * mean of the sum of e^(s cos theta_j) over the other classes, with the s of the previous step;
   * theta is the median angle between features and the centers of their labels (the lower median of
   * an even batch). s is kept at 0.1 or above, because ln(B) can be negative.
   */
  record AdaCos() implements Scale {}

  /**
   * Fixed AdaCos scale: sqrt(2) ln(C - 1) (Zhang 2019, arXiv:1905.00292, section 4.1).
   *
   * @throws InvalidInputException if there are fewer than 3 classes; for 2 the scale would be 0
   */
  static double start(int classes) {
    if (classes < 3) {
      throw new InvalidInputException(
          "scale auto: expected at least 3 classes, found "
              + classes
              + ", for which sqrt(2) ln(C - 1) is 0; give a number");
    }
    return Math.sqrt(2) * Math.log(classes - 1.0);
  }
}

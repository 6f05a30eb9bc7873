package org.marginsoftmax.layer;

import org.marginsoftmax.InvalidInputException;

/** What cosines are multiplied by: the radius s of the hypersphere that features are set on. */
public sealed interface Scale permits Scale.Fixed, Scale.AdaCos {
  /**
   * One number.
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
   * AdaCos, dynamic (Zhang 2019, arXiv:1905.00292, section 4.2). s begins at {@link #start} and is
   * set anew at each step, before use and without gradient, to ln(B) / cos(min(pi/4, theta)): B is
   * the mean over the batch of the sum over the other classes of e^(s cos theta_j) with the s of
   * the step before, theta the median of the angles to the labels' centers, of an even batch the
   * lower of the two in the middle. It is kept at 0.1 or above, where ln(B) is not positive.
   */
  record AdaCos() implements Scale {}

  /**
   * AdaCos, fixed: sqrt(2) ln(C - 1) (Zhang 2019, section 4.1).
   *
   * @throws InvalidInputException with fewer than 3 classes, for which it is 0
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

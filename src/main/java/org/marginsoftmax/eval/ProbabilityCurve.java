package org.marginsoftmax.eval;

import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;

/**
 * The probability that two samples are of the same class, as a function of the cosine of their
 * embeddings. It holds for the share of genuine pairs that it was fitted for ({@link
 * ProbabilityCalibration#withPrior}).
 */
public sealed interface ProbabilityCurve {
  /**
   * The probability that two samples are of the same class.
   *
   * @param cosine of their embeddings; NaN gives NaN
   * @return 0..1
   */
  double probability(double cosine);

  /**
   * Platt scaling (Platt 1999, eq. 1): 1 / (1 + exp(a cosine + b)).
   *
   * @param a finite; negative where larger cosines are more often genuine
   * @param b finite
   */
  record Platt(double a, double b) implements ProbabilityCurve {
    /**
     * @throws InvalidInputException if a number is not finite
     */
    public Platt {
      if (!Double.isFinite(a) || !Double.isFinite(b)) {
        throw new InvalidInputException(
            "Platt scaling: expected finite a and b, found %s and %s; fit it again"
                .formatted(a, b));
      }
    }

    @Override
    public double probability(double cosine) {
      return 1 / (1 + Math.exp(a * cosine + b));
    }
  }

  /**
   * Isotonic regression (Zadrozny and Elkan 2002): never falling, linear between thresholds, and
   * constant beyond the first and the last.
   *
   * @param cosines of the thresholds, ascending, none twice, at least one
   * @param probabilities at the thresholds, 0..1, never falling
   */
  record Isotonic(double[] cosines, double[] probabilities) implements ProbabilityCurve {
    /**
     * @throws InvalidInputException if there is no threshold, lengths differ, cosines do not rise,
     *     or probabilities fall or are out of range
     */
    public Isotonic {
      if (cosines.length == 0 || cosines.length != probabilities.length) {
        throw new InvalidInputException(
            "isotonic regression: expected a probability for each of at least 1 cosine, found %d cosines and %d probabilities; fit it again"
                .formatted(cosines.length, probabilities.length));
      }
      cosines = cosines.clone();
      probabilities = probabilities.clone();
      for (int i = 0; i < cosines.length; i++) {
        boolean rises =
            i == 0 || cosines[i] > cosines[i - 1] && probabilities[i] >= probabilities[i - 1];
        if (!rises
            || !Double.isFinite(cosines[i])
            || !(probabilities[i] >= 0 && probabilities[i] <= 1)) {
          throw new InvalidInputException(
              "isotonic regression: expected rising cosines and probabilities in 0..1 that never fall, found %s at cosine %s, place %d; fit it again"
                  .formatted(probabilities[i], cosines[i], i));
        }
      }
    }

    @Override
    public double probability(double cosine) {
      if (Double.isNaN(cosine)) {
        return Double.NaN;
      }
      int at = Arrays.binarySearch(cosines, cosine);
      if (at >= 0) {
        return probabilities[at];
      }
      int above = -at - 1;
      if (above == 0 || above == cosines.length) {
        return probabilities[above == 0 ? 0 : above - 1];
      }
      double share = (cosine - cosines[above - 1]) / (cosines[above] - cosines[above - 1]);
      return probabilities[above - 1] + share * (probabilities[above] - probabilities[above - 1]);
    }
  }
}

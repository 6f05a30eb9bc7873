package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;

/**
 * Pairs from which the probability that two samples are of the same class is learnt. There may be
 * many millions; the arrays are not copied.
 *
 * @param cosines [n], of the embeddings of each pair
 * @param same [n], whether its samples are of the same class: a genuine pair
 * @param weights [n], at least 0, how often each pair counts; both genuine and impostor pairs have
 *     some above 0
 * @param genuineShare prior that probabilities refer to, see {@link #withPrior}; empty for the
 *     share that genuine pairs have among these, by weight
 */
public record ProbabilityCalibration(
    float[] cosines, boolean[] same, double[] weights, OptionalDouble genuineShare) {
  /**
   * @throws InvalidInputException if lengths differ, a cosine is not finite, a weight is negative
   *     or not finite, genuine or impostor pairs are missing, or the prior is not between 0 and 1
   */
  public ProbabilityCalibration {
    if (cosines.length != same.length || cosines.length != weights.length) {
      throw new InvalidInputException(
          "calibration: expected a label and a weight for each of %d cosines, found %d and %d; give as many of each"
              .formatted(cosines.length, same.length, weights.length));
    }
    for (int i = 0; i < cosines.length; i++) {
      if (!Float.isFinite(cosines[i]) || !(weights[i] >= 0 && weights[i] < 1e300)) {
        throw new InvalidInputException(
            "calibration: expected finite cosines and weights of at least 0, found cosine %s of weight %s at index %d; leave such pairs out"
                .formatted(cosines[i], weights[i], i));
      }
    }
    if (!(total(same, weights, true) > 0 && total(same, weights, false) > 0)) {
      throw new InvalidInputException(
          "calibration: expected genuine and impostor pairs, found only %s; take two samples a class and two classes"
              .formatted(
                  total(same, weights, true) > 0
                      ? "genuine ones"
                      : total(same, weights, false) > 0 ? "impostor ones" : "pairs of weight 0"));
    }
    genuineShare.ifPresent(ProbabilityCalibration::requirePrior);
  }

  /**
   * Pairs that count once each.
   *
   * @param genuine cosines of pairs of the same class, at least one
   * @param impostor cosines of pairs of different classes, at least one
   * @throws InvalidInputException if either is missing, or a cosine is not finite
   */
  public static ProbabilityCalibration of(float[] genuine, float[] impostor) {
    float[] cosines = Arrays.copyOf(genuine, genuine.length + impostor.length);
    System.arraycopy(impostor, 0, cosines, genuine.length, impostor.length);
    boolean[] same = new boolean[cosines.length];
    Arrays.fill(same, 0, genuine.length, true);
    double[] weights = new double[cosines.length];
    Arrays.fill(weights, 1);
    return new ProbabilityCalibration(cosines, same, weights, OptionalDouble.empty());
  }

  /**
   * The same pairs, for use where genuine pairs have another share than here: all pairs of a test
   * set have as many genuine ones as its classes are large, which says nothing about the pairs that
   * are asked about later. Genuine and impostor pairs are weighted so that they have the stated
   * share; that cosines of each are distributed as here remains assumed.
   *
   * @param genuineShare above 0, below 1: how many of the pairs asked about are genuine
   * @throws InvalidInputException if it is out of range
   */
  public ProbabilityCalibration withPrior(double genuineShare) {
    return new ProbabilityCalibration(cosines, same, weights, OptionalDouble.of(genuineShare));
  }

  /**
   * Platt scaling: a logistic curve of greatest likelihood (Platt 1999) by Newton's method (Lin,
   * Lin and Weng 2007). The targets are not 1 and 0 but (g + 1) / (g + 2) and 1 / (i + 2) for g
   * genuine and i impostor pairs, by weight and whatever the prior. So the curve is finite also if
   * a threshold separates them. If all cosines are equal it is constant. As an impostor pair counts
   * as genuine by 1 / (i + 2), a prior must be well above that to have its effect: there have to be
   * many more impostor pairs than 1 / prior.
   */
  public ProbabilityCurve.Platt platt() {
    double genuine = total(same, weights, true);
    double impostor = total(same, weights, false);
    double[] targets = new double[same.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = same[i] ? (genuine + 1) / (genuine + 2) : 1 / (impostor + 2);
    }
    return LogisticFit.of(cosines, targets, pairWeights());
  }

  /**
   * Isotonic regression: of all curves that never fall, the one with the smallest mean squared
   * error, by pooling adjacent violators. Pairs of equal cosine are pooled first. It is 0 below the
   * first genuine pair and 1 above the last impostor pair, which is more certain than few pairs
   * allow.
   */
  public ProbabilityCurve.Isotonic isotonic() {
    return IsotonicFit.of(cosines, same, pairWeights());
  }

  /**
   * Weight of each pair with the prior taken into account, [n]. Their sum is that of the weights.
   */
  public double[] pairWeights() {
    double[] result = weights.clone();
    if (genuineShare.isPresent()) {
      double genuine = total(same, weights, true);
      double impostor = total(same, weights, false);
      double share = genuineShare.getAsDouble();
      for (int i = 0; i < result.length; i++) {
        result[i] *= (genuine + impostor) * (same[i] ? share / genuine : (1 - share) / impostor);
      }
    }
    return result;
  }

  private static double total(boolean[] same, double[] weights, boolean which) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += same[i] == which ? weights[i] : 0;
    }
    return sum;
  }

  private static void requirePrior(double share) {
    if (!(share > 0 && share < 1)) {
      throw new InvalidInputException(
          "share of genuine pairs: expected above 0, below 1, found %s; 0.5 if both are as frequent"
              .formatted(share));
    }
  }
}

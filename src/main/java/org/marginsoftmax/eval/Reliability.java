package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Whether probabilities hold: of the pairs that are given 0.8, four in five should be of the same
 * class. All figures are defined also if all pairs are genuine or all are not; they say little
 * then, because a constant is the best answer.
 *
 * @param bins those with pairs, by ascending probability: the reliability diagram
 * @param ece expected calibration error (Guo et al. 2017, eq. 3), 0..1: the mean over the bins, by
 *     their shares, of the difference between predicted and observed
 * @param brier Brier score (Brier 1950), 0..1: the mean squared difference between the probability
 *     and 1 or 0
 * @param logLoss mean of -log of the probability given to what was the case, in nats, at least 0;
 *     probabilities are kept 2^-52 away from 0 and 1, where one mistake would make it infinite
 */
public record Reliability(List<Bin> bins, double ece, double brier, double logLoss) {
  /** Bins of the expected calibration error in Guo et al. 2017. */
  public static final int USUAL_BINS = 15;

  private static final double LEAST = Math.ulp(1.0);

  /** Copies the list. */
  public Reliability {
    bins = List.copyOf(bins);
  }

  /**
   * Pairs of similar probability.
   *
   * @param low of equal width: the bin's lower bound, which does not belong to it unless it is 0;
   *     of equal mass: its smallest probability
   * @param high the bin's upper bound, or its largest probability
   * @param predicted mean probability, 0..1
   * @param observed share of genuine pairs, 0..1
   * @param count number of pairs, at least 1
   * @param share of all pairs by weight, above 0, up to 1
   */
  public record Bin(
      double low, double high, double predicted, double observed, int count, double share) {}

  /**
   * Bins of equal width, ((m - 1) / M, m / M].
   *
   * @param probabilities [n], 0..1
   * @param same [n], whether the pair is genuine
   * @param weights [n], at least 0, such as {@link ProbabilityCalibration#pairWeights}; pairs of
   *     weight 0 are left out
   * @param bins M, at least 1; {@link #USUAL_BINS} are usual
   * @throws InvalidInputException if there are no pairs, lengths differ, or a number is out of
   *     range
   */
  public static Reliability equalWidth(
      double[] probabilities, boolean[] same, double[] weights, int bins) {
    requireUsable(probabilities, same, weights, bins);
    int[] binOf =
        IntStream.range(0, probabilities.length)
            .map(i -> widthBin(probabilities[i], bins))
            .toArray();
    double[] low = IntStream.range(0, bins).mapToDouble(m -> (double) m / bins).toArray();
    double[] high = IntStream.range(0, bins).mapToDouble(m -> (m + 1.0) / bins).toArray();
    return of(probabilities, same, weights, binOf, low, high);
  }

  /**
   * Bins of about the same weight. Pairs of equal probability are in one bin, so there may be fewer
   * bins, and larger ones.
   *
   * @param probabilities [n], 0..1
   * @param same [n], whether the pair is genuine
   * @param weights [n], at least 0; pairs of weight 0 are left out
   * @param bins M, at least 1; {@link #USUAL_BINS} are usual
   * @throws InvalidInputException if there are no pairs, lengths differ, or a number is out of
   *     range
   */
  public static Reliability equalMass(
      double[] probabilities, boolean[] same, double[] weights, int bins) {
    requireUsable(probabilities, same, weights, bins);
    double[] sorted = probabilities.clone();
    Arrays.parallelSort(sorted);
    double[] values =
        IntStream.range(0, sorted.length)
            .filter(i -> i == 0 || Double.compare(sorted[i], sorted[i - 1]) != 0)
            .mapToDouble(i -> sorted[i])
            .toArray();
    double[] mass = new double[values.length];
    for (int i = 0; i < probabilities.length; i++) {
      mass[Arrays.binarySearch(values, probabilities[i])] += weights[i];
    }
    double all = Arrays.stream(mass).sum();
    int[] binOfValue = new int[values.length];
    double before = 0;
    for (int v = 0; v < values.length; v++) {
      // Pairs of one probability go where their middle lies.
      binOfValue[v] = Math.min(bins - 1, (int) ((before + mass[v] / 2) / all * bins));
      before += mass[v];
    }
    int[] binOf = new int[probabilities.length];
    double[] low = new double[bins];
    double[] high = new double[bins];
    Arrays.fill(low, 1);
    for (int i = 0; i < binOf.length; i++) {
      int bin = binOfValue[Arrays.binarySearch(values, probabilities[i])];
      binOf[i] = bin;
      if (weights[i] > 0) {
        low[bin] = Math.min(low[bin], probabilities[i]);
        high[bin] = Math.max(high[bin], probabilities[i]);
      }
    }
    return of(probabilities, same, weights, binOf, low, high);
  }

  private static Reliability of(
      double[] probabilities,
      boolean[] same,
      double[] weights,
      int[] binOf,
      double[] low,
      double[] high) {
    double all = Arrays.stream(weights).sum();
    int[] count = new int[low.length];
    double[] mass = new double[low.length];
    double[] predicted = new double[low.length];
    double[] observed = new double[low.length];
    double brier = 0;
    double logLoss = 0;
    for (int i = 0; i < binOf.length; i++) {
      double p = probabilities[i];
      count[binOf[i]] += weights[i] > 0 ? 1 : 0;
      mass[binOf[i]] += weights[i];
      predicted[binOf[i]] += weights[i] * p;
      observed[binOf[i]] += same[i] ? weights[i] : 0;
      double right = same[i] ? p : 1 - p;
      brier += weights[i] * (1 - right) * (1 - right);
      logLoss -= weights[i] * Math.log(Math.max(LEAST, Math.min(1 - LEAST, right)));
    }
    List<Bin> bins = new ArrayList<>();
    double ece = 0;
    for (int m = 0; m < low.length; m++) {
      if (count[m] > 0) {
        bins.add(
            new Bin(
                low[m],
                high[m],
                predicted[m] / mass[m],
                observed[m] / mass[m],
                count[m],
                mass[m] / all));
        ece += Math.abs(predicted[m] - observed[m]) / all;
      }
    }
    return new Reliability(bins, ece, brier / all, logLoss / all);
  }

  /** The bin whose bounds, as they are rounded, contain a probability. */
  private static int widthBin(double probability, int bins) {
    int bin = Math.max(0, Math.min(bins - 1, (int) Math.ceil(probability * bins) - 1));
    while (bin > 0 && probability <= (double) bin / bins) {
      bin--;
    }
    while (bin < bins - 1 && probability > (bin + 1.0) / bins) {
      bin++;
    }
    return bin;
  }

  private static void requireUsable(
      double[] probabilities, boolean[] same, double[] weights, int bins) {
    if (bins < 1) {
      throw new InvalidInputException(
          "bins: expected at least 1, found " + bins + "; " + USUAL_BINS + " are usual");
    }
    if (probabilities.length != same.length || probabilities.length != weights.length) {
      throw new InvalidInputException(
          "reliability: expected a label and a weight for each of %d probabilities, found %d and %d; give as many of each"
              .formatted(probabilities.length, same.length, weights.length));
    }
    for (int i = 0; i < probabilities.length; i++) {
      if (!(probabilities[i] >= 0 && probabilities[i] <= 1)
          || !(weights[i] >= 0 && weights[i] < 1e300)) {
        throw new InvalidInputException(
            "reliability: expected probabilities in 0..1 and weights of at least 0, found %s of weight %s at index %d; leave such pairs out"
                .formatted(probabilities[i], weights[i], i));
      }
    }
    if (Arrays.stream(weights).noneMatch(weight -> weight > 0)) {
      throw new InvalidInputException(
          "reliability: expected at least 1 pair with a weight above 0, found none; take more samples");
    }
  }
}

package org.marginsoftmax.sampler;

import java.util.SplittableRandom;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.EpochOrder;
import org.marginsoftmax.data.Sampler;

/**
 * Visits samples as often as their weights say. An epoch has as many samples as there are; sample i
 * is expected n w_i / (sum of the weights) times, and comes that often rounded down or up. The same
 * holds for every class as a whole.
 */
public final class Weighted implements Sampler {
  private final int[][] members;
  private final double[] weights;

  /**
   * @param labels classes of the samples, each 0..classes-1
   * @param classes C, number of classes
   * @param weights n weights, finite, at least 0, not all 0
   * @throws InvalidInputException if a weight is negative or not finite, or all are 0
   */
  public Weighted(int[] labels, int classes, double[] weights) {
    double total = 0;
    for (double weight : weights) {
      if (!(weight >= 0) || Double.isInfinite(weight)) {
        throw new InvalidInputException(
            "weights: expected finite numbers from 0 up, found " + weight + "; correct it");
      }
      total += weight;
    }
    if (!(total > 0) || weights.length != labels.length) {
      throw new InvalidInputException(
          "weights: expected one for each of %d samples, not all 0, found %d with sum %s; correct them"
              .formatted(labels.length, weights.length, total));
    }
    this.weights = weights.clone();
    members = ByClass.members(labels, classes);
  }

  /**
   * Weighs classes by a power of their size, so that a class of n samples is visited in proportion
   * to n^(1 - power): at 0 as often as it occurs, at 0.5 by the square root of n, at 1 as often as
   * any other class (Kang 2020, arXiv:1910.09217, eq. 1, with q = 1 - power).
   *
   * @param power 0..1
   */
  public static Weighted balanced(int[] labels, int classes, double power) {
    int[] counts = ByClass.counts(labels, classes);
    double[] weights = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      weights[i] = Math.pow(counts[labels[i]], -power);
    }
    return new Weighted(labels, classes, weights);
  }

  @Override
  public int perEpoch() {
    return weights.length;
  }

  /** Systematic sampling (Madow 1949) along the samples, class by class, then shuffled. */
  @Override
  public int[] order(long seed, int epoch, Neighbors neighbors) {
    SplittableRandom random = EpochOrder.random(seed, epoch);
    int n = weights.length;
    int[] line = new int[n];
    int lined = 0;
    double total = 0;
    for (int[] of : members) {
      int[] drawn = of.clone();
      Cycle.shuffle(drawn, random);
      for (int i : drawn) {
        line[lined++] = i;
        total += weights[i];
      }
    }
    double start = random.nextDouble();
    int[] order = new int[n];
    int filled = 0;
    double sum = 0;
    for (int i : line) {
      sum += weights[i];
      // The last sum is the total, so that all places are filled.
      int until = (int) Math.min(n, Math.floor(sum / total * n + start));
      while (filled < until) {
        order[filled++] = i;
      }
    }
    Cycle.shuffle(order, random);
    return order;
  }
}

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * The first centers of k-means by k-means++ (Arthur and Vassilvitskii 2007): vectors drawn with
 * probability proportional to the squared distance from the nearest center drawn so far, of unit
 * vectors 2 - 2 cos.
 *
 * <p>From 16 centers on, several are drawn before distances are computed again, an eighth of those
 * there are. So distances are products of matrices, as in the iterations, where one center after
 * the other would read all vectors from memory for each. k-means|| (Bahmani et al. 2012) draws in
 * still fewer rounds.
 */
final class FirstCenters {
  private static final int CENTERS_PER_DRAW = 8;

  private FirstCenters() {}

  /**
   * Draws centers among the vectors. If the vectors have fewer directions than that, the last
   * centers are equal to the first, and no vector is nearest to them.
   */
  static float[][] draw(
      float[][] unit, int clusters, NearestCenters products, SplittableRandom random) {
    float[][] centers = new float[clusters][];
    centers[0] = unit[random.nextInt(unit.length)];
    int count = 1;
    double[] distances = new double[unit.length];
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
    int measured = 0;
    while (count < clusters) {
      approach(distances, unit, Arrays.copyOfRange(centers, measured, count), products);
      measured = count;
      int wanted = Math.min(clusters - count, Math.max(1, count / CENTERS_PER_DRAW));
      int[] drawn = drawn(distances, wanted, random);
      for (int i : drawn) {
        centers[count++] = unit[i];
      }
      if (drawn.length == 0) {
        Arrays.fill(centers, count, clusters, centers[0]);
        count = clusters;
      }
    }
    return centers;
  }

  /** Lowers the distances to those from the nearest of further centers. */
  private static void approach(
      double[] distances, float[][] unit, float[][] further, NearestCenters products) {
    double[] cosines = MeanDirections.cosines(unit, products.nearest(unit, further), further);
    for (int i = 0; i < distances.length; i++) {
      double distance = cosines[i] < MeanDirections.SAME ? 1 - cosines[i] : 0;
      distances[i] = Math.min(distances[i], distance);
    }
  }

  /** Different vectors, none at distance 0; fewer than wanted once one is drawn again. */
  private static int[] drawn(double[] distances, int wanted, SplittableRandom random) {
    double[] sums = distances.clone();
    for (int i = 1; i < sums.length; i++) {
      sums[i] += sums[i - 1];
    }
    double all = sums[sums.length - 1];
    int[] drawn = new int[wanted];
    BitSet taken = new BitSet(sums.length);
    int count = 0;
    while (all > 0 && count < wanted) {
      int i = firstAbove(sums, random.nextDouble() * all);
      if (taken.get(i)) {
        break;
      }
      taken.set(i);
      drawn[count++] = i;
    }
    return Arrays.copyOf(drawn, count);
  }

  /** Index of the first sum above a value that the last one exceeds. */
  private static int firstAbove(double[] ascending, double value) {
    int low = 0;
    int high = ascending.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] > value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}

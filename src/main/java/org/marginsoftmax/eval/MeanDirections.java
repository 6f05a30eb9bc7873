package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The centers of clusters of unit vectors: their mean directions. */
final class MeanDirections {
  /** Vectors with a larger cosine have the same direction, to float32's rounding. */
  static final double SAME = 1 - 1e-6;

  private MeanDirections() {}

  /**
   * Mean direction of each cluster; its former center if it is empty or its vectors cancel out. The
   * vectors of a cluster are added in their order.
   */
  static float[][] of(float[][] unit, int[] assignments, float[][] former) {
    int[][] members = members(assignments, former.length);
    return IntStream.range(0, former.length)
        .parallel()
        .mapToObj(
            j -> {
              double[] sum = new double[unit[0].length];
              for (int i : members[j]) {
                for (int k = 0; k < sum.length; k++) {
                  sum[k] += unit[i][k];
                }
              }
              double norm = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
              if (!(norm > Compactness.NO_DIRECTION * members[j].length)) {
                return former[j];
              }
              float[] center = new float[sum.length];
              for (int k = 0; k < sum.length; k++) {
                center[k] = (float) (sum[k] / norm);
              }
              return center;
            })
        .toArray(float[][]::new);
  }

  /**
   * Gives each empty cluster the vector farthest from the center of its own, of equal ones the
   * first. The objective does not fall by this. A cluster stays empty once all vectors have the
   * direction of their centers.
   *
   * @param assignments changed in place
   */
  static void fillEmpty(float[][] unit, int[] assignments, float[][] centers) {
    int[] counts = new int[centers.length];
    Arrays.stream(assignments).forEach(j -> counts[j]++);
    int[] empty = IntStream.range(0, counts.length).filter(j -> counts[j] == 0).toArray();
    if (empty.length == 0) {
      return;
    }
    double[] cosines = cosines(unit, assignments, centers);
    int[] farthest =
        IntStream.range(0, unit.length)
            .filter(i -> cosines[i] < SAME)
            .boxed()
            .sorted((i, j) -> Double.compare(cosines[i], cosines[j]))
            .mapToInt(Integer::intValue)
            .toArray();
    int at = 0;
    for (int j : empty) {
      // A cluster's last vector stays: another would be empty instead.
      while (at < farthest.length && counts[assignments[farthest[at]]] == 1) {
        at++;
      }
      if (at < farthest.length) {
        counts[assignments[farthest[at]]]--;
        assignments[farthest[at++]] = j;
        counts[j] = 1;
      }
    }
  }

  /** Cosine of each vector with the center of its cluster. */
  static double[] cosines(float[][] unit, int[] assignments, float[][] centers) {
    return IntStream.range(0, unit.length)
        .parallel()
        .mapToDouble(i -> Vectors.dot64(unit[i], centers[assignments[i]]))
        .toArray();
  }

  private static int[][] members(int[] assignments, int clusters) {
    int[] counts = new int[clusters];
    Arrays.stream(assignments).forEach(j -> counts[j]++);
    int[][] members = new int[clusters][];
    Arrays.setAll(members, j -> new int[counts[j]]);
    for (int i = assignments.length - 1; i >= 0; i--) {
      members[assignments[i]][--counts[assignments[i]]] = i;
    }
    return members;
  }
}

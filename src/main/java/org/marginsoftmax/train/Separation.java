package org.marginsoftmax.train;

/** Bounds on how far apart class centers can be. */
public final class Separation {
  private static final int INTERVALS = 20_000;

  private Separation() {}

  /**
   * An upper bound, in radians, on the smallest angle between any two of C unit vectors in D
   * dimensions.
   *
   * <ul>
   *   <li>For C up to D + 1: the angle of the regular simplex, cos = -1 / (C - 1), which is
   *       attained.
   *   <li>For larger C, the smaller of two bounds: 90 degrees (Rankin 1955), attained up to C = 2
   *       D;
   *   <li>and the packing bound: spherical caps of half the angle around the vectors do not
   *       overlap, so that C of them cover at most the whole sphere.
   * </ul>
   *
   * @param classes C, number of vectors, at least 2
   * @param dimension D, at least 2
   */
  public static double largestSmallestAngle(int classes, int dimension) {
    if (classes <= dimension + 1) {
      return Math.acos(-1.0 / (classes - 1));
    }
    return Math.min(Math.PI / 2, 2 * capOfShare(1.0 / classes, dimension));
  }

  /**
   * Angular radius of the spherical cap with this share, at most a half, of the surface of the
   * sphere.
   */
  private static double capOfShare(double share, int dimension) {
    // Surface up to an angle, of sin^(D - 2), in steps; sines as logarithms lest they underflow.
    double[] surface = new double[INTERVALS + 1];
    double step = Math.PI / 2 / INTERVALS;
    for (int i = 1; i <= INTERVALS; i++) {
      double middle = Math.sin((i - 0.5) * step);
      surface[i] = surface[i - 1] + Math.exp((dimension - 2) * Math.log(middle)) * step;
    }
    double wanted = share * 2 * surface[INTERVALS];
    int low = 0;
    int high = INTERVALS;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (surface[middle] >= wanted) {
        high = middle;
      } else {
        low = middle;
      }
    }
    double within = (wanted - surface[low]) / (surface[high] - surface[low]);
    return (low + within) * step;
  }
}

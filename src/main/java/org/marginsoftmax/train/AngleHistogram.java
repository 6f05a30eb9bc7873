package org.marginsoftmax.train;

import java.util.Arrays;

/**
 * Angles in bins of a degree.
 *
 * @param counts number of angles from k up to k + 1 degrees, [180]; the last bin includes 180
 * @param smallest in degrees, 0..180; NaN if there are no angles
 * @param largest in degrees, 0..180; NaN if there are no angles
 * @param sum of the angles, degrees
 * @param sumOfSquares of the angles, square degrees
 */
public record AngleHistogram(
    int[] counts, double smallest, double largest, double sum, double sumOfSquares) {
  private static final int BINS = 180;

  /**
   * Counts angles; those that are undefined (NaN) are left out.
   *
   * @param degrees 0..180 each
   */
  static AngleHistogram of(float[] degrees) {
    int[] counts = new int[BINS];
    double smallest = Double.NaN;
    double largest = Double.NaN;
    double sum = 0;
    double squares = 0;
    for (double angle : degrees) {
      if (Double.isNaN(angle)) {
        continue;
      }
      counts[bin(angle)]++;
      smallest = angle < smallest || Double.isNaN(smallest) ? angle : smallest;
      largest = angle > largest || Double.isNaN(largest) ? angle : largest;
      sum += angle;
      squares += angle * angle;
    }
    return new AngleHistogram(counts, smallest, largest, sum, squares);
  }

  /** Number of angles. */
  public int size() {
    return Arrays.stream(counts).sum();
  }

  /** The bin of an angle, degrees. */
  static int bin(double angle) {
    return Math.min(BINS - 1, (int) angle);
  }
}

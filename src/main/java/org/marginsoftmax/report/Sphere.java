package org.marginsoftmax.report;

/**
 * Features in three dimensions: l2-normalised features along their first three principal
 * components.
 *
 * @param points [n][3]
 * @param labels of the points, n
 * @param centers of the classes, likewise projected, [C][3]
 * @param explained share of the variance that the three components hold, 0..1
 */
public record Sphere(float[][] points, int[] labels, float[][] centers, double explained) {
  public Sphere {
    if (points.length != labels.length) {
      throw new IllegalArgumentException(
          "sphere: expected a label for each point, found %d points and %d labels"
              .formatted(points.length, labels.length));
    }
  }
}

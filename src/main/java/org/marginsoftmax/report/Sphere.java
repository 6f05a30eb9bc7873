package org.marginsoftmax.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;

/**
 * L2-normalised features projected to three dimensions, along their first three principal
 * components.
 *
 * @param points [n][3]
 * @param labels of the points, [n]
 * @param centers of the classes, projected in the same way, [C][3]
 * @param explained share of the variance explained by the three components, 0..1; empty if the
 *     features do not differ
 */
public record Sphere(float[][] points, int[] labels, float[][] centers, OptionalDouble explained) {
  /**
   * @throws InvalidInputException if there is not one label for each point
   */
  public Sphere {
    if (points.length != labels.length) {
      throw new InvalidInputException(
          "sphere: expected a label for each point, found %d points and %d labels"
              .formatted(points.length, labels.length));
    }
  }

  /** As the pages' scripts read it; explained is null where it is undefined. */
  Map<String, Object> asData() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("points", points);
    data.put("labels", labels);
    data.put("centers", centers);
    data.put("explained", explained.isPresent() ? explained.getAsDouble() : null);
    return data;
  }
}

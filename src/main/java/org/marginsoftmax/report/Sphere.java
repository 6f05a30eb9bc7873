package org.marginsoftmax.report;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * L2-normalised features along their first principal components, from the middle of the unit
 * sphere: what the first three show lies in the unit ball.
 *
 * @param points [n][k], k at least 3: the first three are drawn, t-SNE takes all
 * @param labels of the points, [n], numbered as the classes shown
 * @param centers of the classes, l2-normalised and projected in the same way, [C][3]
 * @param angles between each point's feature and the center of its class, degrees, [n]
 * @param explained share of the variance explained by the first three components, 0..1; empty if
 *     the features do not differ
 */
public record Sphere(
    float[][] points, int[] labels, float[][] centers, float[] angles, OptionalDouble explained) {
  /** Coordinates that are drawn. */
  public static final int DRAWN = 3;

  /** Classes are numbered in 16 bits. */
  private static final int MOST_CLASSES = Short.MAX_VALUE;

  /**
   * @throws InvalidInputException if there is not one label and one angle for each point, if points
   *     or centers have other than 3 or more and 3 coordinates, or if there are more than 32,767
   *     classes
   */
  public Sphere {
    if (points.length != labels.length || points.length != angles.length) {
      throw new InvalidInputException(
          "sphere: expected a label and an angle for each point, found %d points, %d labels and %d angles; give as many of each"
              .formatted(points.length, labels.length, angles.length));
    }
    int width = points.length == 0 ? DRAWN : points[0].length;
    if (width < DRAWN
        || Arrays.stream(points).anyMatch(row -> row.length != width)
        || Arrays.stream(centers).anyMatch(row -> row.length != DRAWN)
        || centers.length > MOST_CLASSES) {
      throw new InvalidInputException(
          "sphere: expected points of one size of at least %d and at most %d centers of size %d, found points of size %d and %d centers; pad with zeros"
              .formatted(DRAWN, MOST_CLASSES, DRAWN, width, centers.length));
    }
  }

  /** The same without the coordinates that are not drawn. */
  Sphere inSpace() {
    return new Sphere(
        Arrays.stream(points).map(row -> Arrays.copyOf(row, DRAWN)).toArray(float[][]::new),
        labels,
        centers,
        angles,
        explained);
  }

  /** As the pages' scripts read it; explained is null where it is undefined. */
  Map<String, Object> asData() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("width", points.length == 0 ? DRAWN : points[0].length);
    data.put("points", Packed.coordinates(points));
    data.put("labels", Packed.integers(labels));
    data.put("centers", Packed.coordinates(centers));
    data.put(
        "angles",
        Packed.integers(
            IntStream.range(0, angles.length).map(i -> Math.round(10 * angles[i])).toArray()));
    data.put("explained", explained.isPresent() ? explained.getAsDouble() : null);
    return data;
  }
}

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/** How compact classes are and how far apart; all angles are in degrees. */
public final class Compactness {
  private Compactness() {}

  /** A mean of unit vectors that is shorter is what rounding leaves of vectors that cancel. */
  static final double NO_DIRECTION = 1e-6;

  /**
   * Mean direction of the embeddings of each class, [largest label + 1][d]. It is the zero vector
   * for a class without samples, with only zero vectors, or with embeddings that cancel out.
   */
  public static float[][] classMeans(Embeddings embeddings) {
    int[] counts = embeddings.counts();
    int classes = counts.length;
    double[][] sums = embeddings.sums(classes);
    float[][] means = new float[classes][];
    for (int k = 0; k < classes; k++) {
      float[] sum = Vectors.toFloat(sums[k]);
      means[k] =
          Math.sqrt(Vectors.dot64(sum, sum)) > NO_DIRECTION * counts[k]
              ? Vectors.unit(sum)
              : new float[sum.length];
    }
    return means;
  }

  /**
   * Angle between each embedding and the mean direction of its class's embeddings, [n]; NaN if the
   * class has no mean direction.
   */
  public static float[] anglesToClassMean(Embeddings embeddings) {
    float[][] means = classMeans(embeddings);
    float[] angles = anglesToOwn(embeddings, means);
    for (int i = 0; i < angles.length; i++) {
      angles[i] = Vectors.isZero(means[embeddings.labels()[i]]) ? Float.NaN : angles[i];
    }
    return angles;
  }

  /**
   * The same, but NaN for the only sample of a class too, which is its mean; in memory for the
   * labels that occur.
   */
  public static float[] anglesWithinClass(Embeddings embeddings) {
    Embeddings own = embeddings.renumbered();
    float[] angles = anglesToClassMean(own);
    int[] counts = own.counts();
    for (int i = 0; i < angles.length; i++) {
      angles[i] = counts[own.labels()[i]] > 1 ? angles[i] : Float.NaN;
    }
    return angles;
  }

  /**
   * Angle between each embedding and the center [C][d] of its own class, [n]; 90 for zero vectors.
   *
   * @throws InvalidInputException if a label or a size does not fit the centers
   */
  public static float[] anglesToOwnCenter(Embeddings embeddings, float[][] centers) {
    Classification.requireFit(embeddings, centers);
    return anglesToOwn(embeddings, Vectors.unit(centers));
  }

  /**
   * Angle between each embedding and the nearest of the centers [C][d] of other classes, [n]; 90
   * for zero vectors.
   *
   * @throws InvalidInputException if a label or a size does not fit the centers, or there is only
   *     one class
   */
  public static float[] anglesToNearestOther(Embeddings embeddings, float[][] centers) {
    Classification.requireFit(embeddings, centers);
    if (centers.length < 2) {
      throw new InvalidInputException(
          "centers: expected those of at least 2 classes, found 1; there is no other class");
    }
    int[] rows = new int[centers.length];
    Arrays.setAll(rows, j -> j);
    return AgainstCenters.of(
            embeddings, ClassCenters.of(centers, 1), new DominantCenters(rows), Progress.NONE)
        .otherAngles();
  }

  /**
   * Angles between centers, in degrees.
   *
   * @param smallest over all pairs
   * @param mean over all pairs
   */
  public record Separation(double smallest, double mean) {}

  /** The most centers of which all pairs are compared; they are 50 million. */
  static final int MOST_CENTERS = 10_000;

  /**
   * Angles between all pairs of centers [C][d], or of 10,000 drawn ones if there are more; zero
   * vectors are left out because they have no direction.
   *
   * @return empty if fewer than two centers are left
   */
  public static Optional<Separation> separation(float[][] centers) {
    return separationOf(
        Arrays.stream(compared(centers.length)).mapToObj(j -> centers[j]).toArray(float[][]::new));
  }

  /** The classes whose centers are compared: all, or 10,000 drawn ones. */
  static int[] compared(int classes) {
    int[] numbers = new int[classes];
    Arrays.setAll(numbers, j -> j);
    return Draw.balanced(numbers, MOST_CENTERS, 1);
  }

  static Optional<Separation> separationOf(float[][] compared) {
    float[][] unit =
        Arrays.stream(compared)
            .filter(center -> !Vectors.isZero(center))
            .map(Vectors::unit)
            .toArray(float[][]::new);
    if (unit.length < 2) {
      return Optional.empty();
    }
    DoubleSummaryStatistics[] rows = new DoubleSummaryStatistics[unit.length];
    Products.inFloat64(
        unit.length,
        i -> Vectors.unit64(unit[i]),
        unit.length,
        i -> Vectors.unit64(unit[i]),
        (from, to, products) ->
            IntStream.range(from, to)
                .parallel()
                .forEach(
                    i -> {
                      double[] cosines = new double[unit.length];
                      products.read(i, cosines);
                      rows[i] =
                          IntStream.range(i + 1, unit.length)
                              .mapToDouble(j -> Vectors.degrees(cosines[j], unit[i], unit[j]))
                              .summaryStatistics();
                    }));
    DoubleSummaryStatistics all = new DoubleSummaryStatistics();
    Arrays.stream(rows).forEach(all::combine);
    return Optional.of(new Separation(all.getMin(), all.getAverage()));
  }

  /**
   * Mean silhouette coefficient (Rousseeuw 1987) by cosine distance 1 - cos, in -1..1: (b - a) /
   * max(a, b), where a is the mean distance to the other samples of the class and b the smallest
   * mean distance to another class. It is 0 for the only sample of a class, and if a and b are both
   * 0. A zero vector has distance 1 from everything.
   *
   * @return empty if there are fewer than two classes, no class has two samples, or all embeddings
   *     point in one direction
   */
  public static OptionalDouble silhouette(Embeddings embeddings) {
    return new Silhouette(embeddings)
        .widths()
        .map(widths -> OptionalDouble.of(Arrays.stream(widths).sum() / widths.length))
        .orElse(OptionalDouble.empty());
  }

  private static float[] anglesToOwn(Embeddings embeddings, float[][] unit) {
    float[] angles = new float[embeddings.size()];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = (float) Vectors.degrees(embeddings.vectors()[i], unit[embeddings.labels()[i]]);
    }
    return angles;
  }
}

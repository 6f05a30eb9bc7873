package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** How tight classes are and how far apart; all angles in degrees. */
public final class Compactness {
  private Compactness() {}

  /** Mean direction of each class's embeddings, [largest label + 1][d]; zero without any. */
  public static float[][] classMeans(Embeddings embeddings) {
    int classes = Arrays.stream(embeddings.labels()).max().orElse(0) + 1;
    return Arrays.stream(Vectors.sums(embeddings, classes))
        .map(sum -> Vectors.unit(Vectors.toFloat(sum)))
        .toArray(float[][]::new);
  }

  /** Angle of each embedding to the mean direction of its class's embeddings, [n]. */
  public static float[] anglesToClassMean(Embeddings embeddings) {
    return anglesToOwn(embeddings, classMeans(embeddings));
  }

  /** Angle of each embedding to the centre [C][d] of its own class, [n]. */
  public static float[] anglesToOwnCenter(Embeddings embeddings, float[][] centers) {
    Classification.requireFit(embeddings, centers);
    return anglesToOwn(embeddings, Vectors.unit(centers));
  }

  /** Angle of each embedding to the nearest centre of another class, [n]. */
  public static float[] anglesToNearestOther(Embeddings embeddings, float[][] centers) {
    Classification.requireFit(embeddings, centers);
    float[][] unit = Vectors.unit(centers);
    float[] angles = new float[embeddings.size()];
    new Similarities(unit)
        .forEach(
            embeddings.vectors(),
            (i, row) -> {
              int nearest = Similarities.largest(row, embeddings.labels()[i]);
              angles[i] = (float) Vectors.degrees(embeddings.vectors()[i], unit[nearest]);
            });
    return angles;
  }

  /**
   * Angles between class centres.
   *
   * @param smallest of all pairs
   * @param mean over all pairs
   */
  public record Separation(double smallest, double mean) {}

  /** Angles between all pairs of at least two centres [C][d]. */
  public static Separation separation(float[][] centers) {
    float[][] unit = Vectors.unit(centers);
    double[][] rows =
        IntStream.range(0, unit.length)
            .parallel()
            .mapToObj(
                i ->
                    IntStream.range(i + 1, unit.length)
                        .mapToDouble(j -> Vectors.degrees(unit[i], unit[j]))
                        .toArray())
            .toArray(double[][]::new);
    double smallest = Double.POSITIVE_INFINITY;
    double sum = 0;
    long pairs = 0;
    for (double[] row : rows) {
      for (double angle : row) {
        smallest = Math.min(smallest, angle);
        sum += angle;
        pairs++;
      }
    }
    return new Separation(smallest, sum / pairs);
  }

  /**
   * Mean silhouette (Rousseeuw 1987) by cosine distance 1 - cos, in -1..1: (b - a) / max(a, b) with
   * a the mean distance to the others of the class, b the smallest mean distance to another class;
   * 0 for the only sample of its class. Mean distances come from the sums of the classes' unit
   * vectors, exactly: no pair is looked at.
   *
   * @return empty where there are fewer than two classes
   */
  public static OptionalDouble silhouette(Embeddings embeddings) {
    int classes = Arrays.stream(embeddings.labels()).max().orElse(0) + 1;
    double[][] sums = Vectors.sums(embeddings, classes);
    int[] counts = new int[classes];
    Arrays.stream(embeddings.labels()).forEach(label -> counts[label]++);
    if (Arrays.stream(counts).filter(c -> c > 0).count() < 2) {
      return OptionalDouble.empty();
    }
    double[] widths =
        IntStream.range(0, embeddings.size())
            .parallel()
            .mapToDouble(i -> width(embeddings, i, sums, counts))
            .toArray();
    return OptionalDouble.of(Arrays.stream(widths).sum() / widths.length);
  }

  private static double width(Embeddings embeddings, int i, double[][] sums, int[] counts) {
    float[] x = embeddings.vectors()[i];
    int own = embeddings.labels()[i];
    if (counts[own] == 1) {
      return 0;
    }
    double others = Double.POSITIVE_INFINITY;
    for (int k = 0; k < sums.length; k++) {
      if (k != own && counts[k] > 0) {
        others = Math.min(others, 1 - dot(x, sums[k]) / counts[k]);
      }
    }
    double within = 1 - (dot(x, sums[own]) - Vectors.dot64(x, x)) / (counts[own] - 1);
    double larger = Math.max(within, others);
    return larger <= 0 ? 0 : (others - within) / larger;
  }

  private static double dot(float[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static float[] anglesToOwn(Embeddings embeddings, float[][] unit) {
    float[] angles = new float[embeddings.size()];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = (float) Vectors.degrees(embeddings.vectors()[i], unit[embeddings.labels()[i]]);
    }
    return angles;
  }
}

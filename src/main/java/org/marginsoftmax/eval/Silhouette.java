package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Mean distances between each embedding and each class, computed from sums over the classes without
 * visiting pairs.
 *
 * <p>1 - cos is half the squared distance of unit vectors. That distance is computed relative to
 * their common mean, with norms made 1 in float64, so it stays accurate if all features point
 * nearly the same way; there, 1 minus the mean cosine would be rounding error of either sign.
 */
final class Silhouette {
  /** Half the squared distance that rounding to float32 may put between equal directions. */
  private static final double ROUNDING = 1e-14;

  /** Share of the product of both norms that a product in float32 may be off. */
  private static final double ROUNDING_OF_PRODUCTS = 1e-5;

  private final Embeddings embeddings;
  private final double[] middle;
  private final double[][] sums;
  private final double[] squares;
  private final int[] counts;
  private final int[] zeros;

  /** The mean distance to a class is fixed + directed * square of the norm - part * product. */
  private final double[] fixed;

  private final double[] directed;
  private final double[] part;

  /** The largest norm of a class's mean. */
  private final double longest;

  Silhouette(Embeddings embeddings) {
    this.embeddings = embeddings;
    counts = embeddings.counts();
    int classes = counts.length;
    middle = new double[embeddings.dimension()];
    sums = new double[classes][embeddings.dimension()];
    squares = new double[classes];
    zeros = new int[classes];
    for (int i = 0; i < embeddings.size(); i++) {
      double[] unit = fromMiddle(i);
      for (int k = 0; unit != null && k < middle.length; k++) {
        sums[embeddings.labels()[i]][k] += unit[k];
      }
    }
    for (double[] sum : sums) {
      for (int k = 0; k < middle.length; k++) {
        middle[k] += sum[k] / embeddings.size();
      }
    }
    Arrays.stream(sums).forEach(sum -> Arrays.fill(sum, 0));
    for (int i = 0; i < embeddings.size(); i++) {
      int label = embeddings.labels()[i];
      double[] z = fromMiddle(i);
      zeros[label] += z == null ? 1 : 0;
      squares[label] += z == null ? 0 : dot(z, z);
      for (int k = 0; z != null && k < middle.length; k++) {
        sums[label][k] += z[k];
      }
    }
    part = new double[classes];
    directed = new double[classes];
    fixed = new double[classes];
    double norm = 0;
    for (int k = 0; k < classes; k++) {
      part[k] = counts[k] == 0 ? 0 : 1.0 / counts[k];
      directed[k] = (counts[k] - zeros[k]) * part[k] / 2;
      fixed[k] = counts[k] == 0 ? Double.POSITIVE_INFINITY : (zeros[k] + squares[k] / 2) * part[k];
      norm = Math.max(norm, Math.sqrt(dot(sums[k], sums[k])) * part[k]);
    }
    longest = norm;
  }

  /**
   * The width of each sample, 0 where it has none; empty without two classes, a class of two, or a
   * distance above 0.
   */
  Optional<double[]> widths() {
    if (Arrays.stream(counts).filter(c -> c > 0).count() < 2
        || Arrays.stream(counts).max().orElse(0) < 2) {
      return Optional.empty();
    }
    double[] widths = new double[embeddings.size()];
    float[][] sums32 = Arrays.stream(sums).map(Vectors::toFloat).toArray(float[][]::new);
    Products.inFloat32(
        widths.length,
        i -> Vectors.toFloat(fromMiddleOrZero(i)),
        sums32,
        (from, to, products) ->
            IntStream.range(from, to)
                .parallel()
                .forEach(
                    i -> {
                      float[] withSums = new float[sums.length];
                      products.read(i, withSums);
                      widths[i] = width(i, withSums);
                    }));
    return Arrays.stream(widths).allMatch(Double::isNaN)
        ? Optional.empty()
        : Optional.of(Arrays.stream(widths).map(w -> Double.isNaN(w) ? 0 : w).toArray());
  }

  /**
   * NaN where nothing has a distance, or the sample is the only one of its class.
   *
   * @param products with the sums of the classes, but for rounding
   */
  private double width(int i, float[] products) {
    int own = embeddings.labels()[i];
    if (counts[own] == 1) {
      return Double.NaN;
    }
    double[] z = fromMiddle(i);
    double square = z == null ? Double.NaN : dot(z, z);
    double within = exact(z, square, own, counts[own] - 1);
    double others = z == null ? 1 : nearestOther(z, square, own, products);
    double larger = Math.max(within, others);
    return larger == 0 ? Double.NaN : (others - within) / larger;
  }

  /** The distance to the nearest other class: of those that rounding may have made the nearest. */
  private double nearestOther(double[] z, double square, int own, float[] products) {
    double nearest = Double.POSITIVE_INFINITY;
    double[] distances = new double[sums.length];
    for (int k = 0; k < sums.length; k++) {
      // Those of a class without samples, and of the own one, are infinite.
      distances[k] =
          k == own
              ? Double.POSITIVE_INFINITY
              : fixed[k] + directed[k] * square - products[k] * part[k];
      nearest = Math.min(nearest, distances[k]);
    }
    double sure = nearest + ROUNDING_OF_PRODUCTS * Math.sqrt(square) * longest;
    double others = Double.POSITIVE_INFINITY;
    for (int k = 0; k < sums.length; k++) {
      if (distances[k] <= sure && distances[k] < Double.POSITIVE_INFINITY) {
        others = Math.min(others, exact(z, square, k, counts[k]));
      }
    }
    return others;
  }

  private double exact(double[] z, double square, int k, int n) {
    return distance(square, z == null ? 0 : dot(z, sums[k]), k, n);
  }

  /**
   * Mean over n samples of a class; a zero vector is at 1 from everything, itself included.
   *
   * @param square of the norm; NaN for a zero vector
   */
  private double distance(double square, double product, int k, int n) {
    if (Double.isNaN(square)) {
      return 1;
    }
    double mean = (zeros[k] + ((counts[k] - zeros[k]) * square + squares[k] - 2 * product) / 2) / n;
    return mean < ROUNDING ? 0 : mean;
  }

  private double[] fromMiddleOrZero(int i) {
    double[] z = fromMiddle(i);
    return z == null ? new double[middle.length] : z;
  }

  /** The unit vector of an embedding less the mean of all; null of a zero vector. */
  private double[] fromMiddle(int i) {
    float[] x = embeddings.vectors()[i];
    double norm = Math.sqrt(Vectors.dot64(x, x));
    if (norm == 0) {
      return null;
    }
    double[] z = new double[x.length];
    for (int k = 0; k < z.length; k++) {
      z[k] = x[k] / norm - middle[k];
    }
    return z;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }
}

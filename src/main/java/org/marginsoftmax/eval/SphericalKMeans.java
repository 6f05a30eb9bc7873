package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Spherical k-means (Dhillon and Modha 2001): clusters of unit vectors by cosine. A cluster's
 * center is the mean direction of its vectors, and each vector belongs to the nearest center.
 *
 * <p>The result is a function of the vectors and of this record, whatever the number of threads.
 *
 * @param clusters k, at least 1
 * @param restarts how often to begin with other centers, at least 1; the clusters with the largest
 *     objective are kept, of equal ones the first
 * @param iterations most iterations of each start, at least 1; it ends earlier once no vector
 *     changes its cluster
 * @param seed of the first centers
 */
public record SphericalKMeans(int clusters, int restarts, int iterations, long seed) {
  /**
   * @throws InvalidInputException if a number is out of range
   */
  public SphericalKMeans {
    requirePositive("clusters", clusters);
    requirePositive("restarts", restarts);
    requirePositive("iterations", iterations);
  }

  /**
   * What was found.
   *
   * @param assignments [n], the cluster of each vector, 0..k-1; 0 for zero vectors
   * @param centers [k][d], of norm 1. Where vectors have fewer directions than there are clusters,
   *     some clusters are empty, and their centers are equal to others; with zero vectors only, all
   *     centers are zero
   * @param objective sum of the cosines of each vector with the center of its cluster; zero vectors
   *     add nothing
   * @param iterations of the start that was kept
   * @param converged whether it ended because no vector changed its cluster
   */
  public record Clusters(
      int[] assignments, float[][] centers, double objective, int iterations, boolean converged) {}

  /**
   * Finds clusters, with products in Java on all processors.
   *
   * @param vectors [n][d], each of norm 1, or 0
   * @throws InvalidInputException if there are fewer vectors than clusters, sizes differ, or a
   *     vector has another norm
   */
  public Clusters of(float[][] vectors) {
    return of(vectors, new BlockedProducts());
  }

  /**
   * Finds clusters. Zero vectors have no direction: they do not move centers, and as their cosine
   * is 0 with each they get the first cluster.
   *
   * @param vectors [n][d], each of norm 1, or 0
   * @param products finds the nearest center of each vector
   * @throws InvalidInputException if there are fewer vectors than clusters, sizes differ, or a
   *     vector has another norm
   */
  public Clusters of(float[][] vectors, NearestCenters products) {
    if (vectors.length < clusters) {
      throw new InvalidInputException(
          "clusters: expected at most one for each of %d vectors, found %d; choose fewer"
              .formatted(vectors.length, clusters));
    }
    requireUnit(vectors);
    int[] directed =
        IntStream.range(0, vectors.length).filter(i -> !Vectors.isZero(vectors[i])).toArray();
    int[] assignments = new int[vectors.length];
    if (directed.length == 0) {
      return new Clusters(assignments, new float[clusters][vectors[0].length], 0, 0, true);
    }
    float[][] unit = Arrays.stream(directed).mapToObj(i -> vectors[i]).toArray(float[][]::new);
    Clusters best = null;
    SplittableRandom random = new SplittableRandom(seed);
    for (int r = 0; r < restarts; r++) {
      Clusters found = start(unit, products, random.split());
      best = best == null || found.objective() > best.objective() ? found : best;
    }
    for (int i = 0; i < directed.length; i++) {
      assignments[directed[i]] = best.assignments()[i];
    }
    return new Clusters(
        assignments, best.centers(), best.objective(), best.iterations(), best.converged());
  }

  private Clusters start(float[][] unit, NearestCenters products, SplittableRandom random) {
    float[][] centers = FirstCenters.draw(unit, clusters, products, random);
    int[] assignments = products.nearest(unit, centers);
    int done = 0;
    boolean converged = false;
    while (!converged && done < iterations) {
      MeanDirections.fillEmpty(unit, assignments, centers);
      centers = MeanDirections.of(unit, assignments, centers);
      int[] next = products.nearest(unit, centers);
      converged = Arrays.equals(assignments, next);
      assignments = next;
      done++;
    }
    double objective = Arrays.stream(MeanDirections.cosines(unit, assignments, centers)).sum();
    return new Clusters(assignments, centers, objective, done, converged);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new InvalidInputException(
          "%s: expected at least 1, found %d; give a larger number".formatted(what, value));
    }
  }

  private static void requireUnit(float[][] vectors) {
    for (int i = 0; i < vectors.length; i++) {
      if (vectors[i].length != vectors[0].length) {
        throw new InvalidInputException(
            "vectors: expected size %d, found %d in row %d; give one size"
                .formatted(vectors[0].length, vectors[i].length, i));
      }
      double square = Vectors.dot64(vectors[i], vectors[i]);
      if (square != 0 && !(Math.abs(square - 1) < 1e-3)) {
        throw new InvalidInputException(
            "vectors: expected norm 1 or 0, found %s in row %d; divide each by its norm"
                .formatted(Math.sqrt(square), i));
      }
    }
  }
}

package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.SphericalKMeans.Clusters;

class SphericalKMeansTest {
  private static float[][] drawn(SplittableRandom random, int n, int d) {
    float[][] vectors = new float[n][d];
    for (float[] vector : vectors) {
      for (int k = 0; k < d; k++) {
        vector[k] = (float) random.nextGaussian();
      }
    }
    return Vectors.unit(vectors);
  }

  /** Samples around directions, in turn. */
  private static float[][] around(
      SplittableRandom random, float[][] directions, int n, double far) {
    float[][] vectors = new float[n][];
    for (int i = 0; i < n; i++) {
      float[] direction = directions[i % directions.length];
      vectors[i] = direction.clone();
      for (int k = 0; k < direction.length; k++) {
        vectors[i][k] += (float) (random.nextGaussian() * far / Math.sqrt(direction.length));
      }
    }
    return Vectors.unit(vectors);
  }

  @Test
  void productsInBlocksFindTheNearest() {
    SplittableRandom random = new SplittableRandom(1);
    for (int turn = 0; turn < 60; turn++) {
      int d = random.nextInt(1, 40);
      float[][] vectors = drawn(random, random.nextInt(1, 400), d);
      float[][] centers = drawn(random, random.nextInt(1, 800), d);
      int[] nearest = new BlockedProducts().nearest(vectors, centers);
      for (int i = 0; i < vectors.length; i++) {
        float[] vector = vectors[i];
        double best =
            Arrays.stream(centers).mapToDouble(c -> Vectors.dot64(vector, c)).max().orElseThrow();
        assertEquals(best, Vectors.dot64(vector, centers[nearest[i]]), 1e-6);
      }
    }
  }

  @Test
  void ofEqualCentersTheFirstIsNearest() {
    SplittableRandom random = new SplittableRandom(2);
    float[][] few = drawn(random, 7, 20);
    for (int copies : new int[] {1, 30, 50, 200}) {
      float[][] centers =
          IntStream.range(0, 7 * copies).mapToObj(j -> few[j % 7]).toArray(float[][]::new);
      for (int nearest : new BlockedProducts().nearest(drawn(random, 300, 20), centers)) {
        assertTrue(nearest < 7, "" + nearest);
      }
    }
  }

  @Test
  void findsClustersThatAreApart() {
    SplittableRandom random = new SplittableRandom(3);
    for (int k : new int[] {1, 2, 3, 17, 40, 100}) {
      int[] classes = IntStream.range(0, 20 * k).map(i -> i % k).toArray();
      float[][] vectors = around(random, drawn(random, k, 32), 20 * k, 0.15);
      Clusters found = new SphericalKMeans(k, 5, 100, 7).of(vectors);
      assertTrue(found.converged());
      double ami = ClusterAgreement.of(classes, found.assignments()).orElseThrow().ami();
      // A start may have two centers in one cluster; the best of five seldom has many.
      assertTrue(k <= 17 ? ami == 1 : ami > 0.97, k + " clusters: " + ami);
    }
  }

  @Test
  void aResultIsAFixedPoint() {
    SplittableRandom random = new SplittableRandom(4);
    for (int turn = 0; turn < 60; turn++) {
      int n = random.nextInt(1, 300);
      int k = random.nextInt(1, Math.min(n, 40) + 1);
      float[][] vectors = drawn(random, n, random.nextInt(2, 12));
      Clusters found = new SphericalKMeans(k, 1, 1000, turn).of(vectors);
      assertTrue(found.converged());
      assertEquals(k, Arrays.stream(found.assignments()).distinct().count());
      assertArrayEquals(
          new BlockedProducts().nearest(vectors, found.centers()), found.assignments());
      double objective = 0;
      for (int j = 0; j < k; j++) {
        double[] sum = new double[vectors[0].length];
        for (int i = 0; i < n; i++) {
          for (int c = 0; c < sum.length && found.assignments()[i] == j; c++) {
            sum[c] += vectors[i][c];
          }
        }
        double norm = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
        objective += norm;
        for (int c = 0; c < sum.length; c++) {
          assertEquals(sum[c] / norm, found.centers()[j][c], 1e-5);
        }
      }
      assertEquals(objective, found.objective(), 1e-5 * n);
    }
  }

  @Test
  void neitherIterationsNorRestartsMakeItWorse() {
    SplittableRandom random = new SplittableRandom(5);
    float[][] vectors = drawn(random, 2000, 16);
    for (int k : new int[] {2, 30, 300}) {
      double before = 0;
      for (int iterations = 1; iterations < 12; iterations++) {
        Clusters found = new SphericalKMeans(k, 1, iterations, 3).of(vectors);
        assertTrue(found.objective() >= before - 1e-3, k + " clusters, iteration " + iterations);
        assertTrue(found.iterations() <= iterations);
        before = found.objective();
      }
      double best = 0;
      for (int restarts = 1; restarts < 5; restarts++) {
        Clusters found = new SphericalKMeans(k, restarts, 5, 3).of(vectors);
        assertTrue(found.objective() >= best);
        best = found.objective();
      }
    }
  }

  @Test
  void doesNotDependOnThreads() throws Exception {
    float[][] vectors = drawn(new SplittableRandom(6), 3000, 20);
    SphericalKMeans means = new SphericalKMeans(150, 2, 20, 1);
    Clusters one = new ForkJoinPool(1).submit(() -> means.of(vectors)).get();
    Clusters many = new ForkJoinPool(7).submit(() -> means.of(vectors)).get();
    assertArrayEquals(one.assignments(), many.assignments());
    assertArrayEquals(one.centers(), many.centers());
    assertEquals(one.objective(), many.objective());
    Clusters other = new SphericalKMeans(150, 2, 20, 2).of(vectors);
    assertTrue(!Arrays.equals(one.assignments(), other.assignments()));
  }

  /** The first centers are k-means++: they are better than centers drawn without distances. */
  @Test
  void firstCentersAreSpread() {
    SplittableRandom random = new SplittableRandom(7);
    int k = 300;
    float[][] vectors = around(random, drawn(random, k, 48), 20 * k, 0.3);
    float[][] first = FirstCenters.draw(vectors, k, new BlockedProducts(), random.split());
    assertEquals(k, first.length);
    assertEquals(k, Arrays.stream(first).distinct().count());
    // Each of the directions is i % k; 63 % of them are hit by centers drawn without distances.
    long hit =
        Arrays.stream(first)
            .map(Arrays.asList(vectors)::indexOf)
            .map(i -> i % k)
            .distinct()
            .count();
    assertTrue(hit > 0.75 * k, "" + hit);
  }

  @Test
  void anEmptyClusterGetsTheFarthestVector() {
    float[][] vectors = {{1, 0}, {0.8f, 0.6f}, {0, 1}, {0, -1}};
    float[][] centers = {{1, 0}, {0, -1}, {0, -1}, {-1, 0}};
    int[] assignments = {0, 0, 0, 1};
    MeanDirections.fillEmpty(vectors, assignments, centers);
    // The last of cluster 1 stays where it is; what equals its center is not moved.
    assertArrayEquals(new int[] {0, 3, 2, 1}, assignments);
    int[] none = {0, 0, 0, 0};
    float[][] same = {{1, 0}, {1, 0}, {1, 0}, {1, 0}};
    MeanDirections.fillEmpty(same, none, centers);
    assertArrayEquals(new int[4], none);
  }

  @Test
  void vectorsThatCancelLeaveTheCenterWhereItWas() {
    float[][] vectors = {{1, 0}, {-1, 0}};
    float[][] former = {{0, 1}};
    assertArrayEquals(former, MeanDirections.of(vectors, new int[2], former));
  }

  @Test
  void withFewerDirectionsThanClustersSomeAreEmpty() {
    SplittableRandom random = new SplittableRandom(8);
    for (int directions = 1; directions < 12; directions++) {
      float[][] few = drawn(random, directions, 9);
      float[][] vectors =
          IntStream.range(0, 90).mapToObj(i -> few[i * 13 % few.length]).toArray(float[][]::new);
      Clusters found = new SphericalKMeans(12, 2, 50, 1).of(vectors);
      assertTrue(found.converged());
      assertEquals(90, found.objective(), 1e-4);
      assertEquals(directions, Arrays.stream(found.assignments()).distinct().count());
    }
  }

  @Test
  void zeroVectorsAreInTheFirstClusterAndMoveNothing() {
    SplittableRandom random = new SplittableRandom(9);
    float[][] vectors = around(random, drawn(random, 4, 10), 80, 0.1);
    float[][] mixed =
        IntStream.range(0, 160)
            .mapToObj(i -> i % 2 == 0 ? vectors[i / 2] : new float[10])
            .toArray(float[][]::new);
    SphericalKMeans means = new SphericalKMeans(4, 3, 50, 5);
    Clusters without = means.of(vectors);
    Clusters with = means.of(mixed);
    assertArrayEquals(without.centers(), with.centers());
    assertEquals(without.objective(), with.objective());
    for (int i = 0; i < 160; i++) {
      assertEquals(i % 2 == 0 ? without.assignments()[i / 2] : 0, with.assignments()[i]);
    }
    Clusters zeros = means.of(new float[6][10]);
    assertArrayEquals(new int[6], zeros.assignments());
    assertArrayEquals(new float[4][10], zeros.centers());
    assertEquals(0, zeros.objective());
  }

  @Test
  void refusesWhatCannotBeClustered() {
    refused("clusters: expected at least 1, found 0", () -> new SphericalKMeans(0, 1, 1, 1));
    refused("restarts: expected at least 1, found -2", () -> new SphericalKMeans(1, -2, 1, 1));
    refused("iterations: expected at least 1", () -> new SphericalKMeans(1, 1, 0, 1));
    SphericalKMeans two = new SphericalKMeans(2, 1, 1, 1);
    refused("each of 1 vectors, found 2", () -> two.of(new float[][] {{1}}));
    refused("found 2 in row 1", () -> two.of(new float[][] {{1}, {1, 0}}));
    refused("found 2.0 in row 1", () -> two.of(new float[][] {{1}, {2}}));
    refused("found NaN in row 0", () -> two.of(new float[][] {{Float.NaN}, {1}}));
  }

  private static void refused(String part, Runnable call) {
    String message = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}

package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;

/** Against scikit-learn, and against the mean over every permutation of the clusters. */
class ClusterAgreementTest {
  @Test
  void isWhatScikitLearnComputes() throws IOException {
    int compared = 0;
    for (JsonNode reference : EvaluationFixtures.read("agreement")) {
      int[][] cells = EvaluationFixtures.as(reference.get("cells"), int[][].class);
      Contingency table = new Contingency(column(cells, 0), column(cells, 1), column(cells, 2));
      if (!reference.get("weights").isNull()) {
        table = table.weighted(EvaluationFixtures.as(reference.get("weights"), int[].class));
      }
      ClusterAgreement found = ClusterAgreement.of(table).orElseThrow();
      String name = reference.get("name").asText();
      assertEquals(reference.get("nmi").asDouble(), found.nmi(), 1e-11, name);
      assertEquals(reference.get("ami").asDouble(), found.ami(), 1e-11, name);
      compared++;
    }
    assertTrue(compared > 50);
  }

  @Test
  void ofLabelsIsThatOfTheirTableInAnyOrderAndNumbering() {
    SplittableRandom random = new SplittableRandom(1);
    for (int turn = 0; turn < 200; turn++) {
      int n = random.nextInt(1, 300);
      int spread = random.nextInt(1, 40);
      int[] classes = random.ints(n, 0, spread).toArray();
      int[] clusters =
          Arrays.stream(classes)
              .map(k -> random.nextBoolean() ? k : random.nextInt(2 * spread))
              .toArray();
      ClusterAgreement found = ClusterAgreement.of(classes, clusters).orElseThrow();
      int[] mirrored = IntStream.range(0, n).map(i -> 3 * clusters[n - 1 - i] + 5).toArray();
      int[] reversed = IntStream.range(0, n).map(i -> 1000 - classes[n - 1 - i]).toArray();
      ClusterAgreement other = ClusterAgreement.of(reversed, mirrored).orElseThrow();
      ClusterAgreement swapped = ClusterAgreement.of(mirrored, reversed).orElseThrow();
      assertEquals(found.nmi(), other.nmi(), 1e-12);
      assertEquals(found.ami(), other.ami(), 1e-11);
      assertEquals(found.nmi(), swapped.nmi(), 1e-12);
      assertEquals(found.ami(), swapped.ami(), 1e-11);
      assertTrue(found.nmi() >= 0 && found.nmi() <= 1 && found.ami() <= 1);
      assertEquals(1, ClusterAgreement.of(reversed, classesOf(reversed)).orElseThrow().ami());
    }
  }

  private static int[] classesOf(int[] labels) {
    return Arrays.stream(labels).map(k -> 2000 - k).toArray();
  }

  /** The mean over all orders of seven clusters, counted one by one. */
  @Test
  void expectationIsTheMeanOverAllPermutations() {
    SplittableRandom random = new SplittableRandom(2);
    for (int turn = 0; turn < 40; turn++) {
      int[] classes = random.ints(7, 0, random.nextInt(1, 8)).toArray();
      int[] clusters = random.ints(7, 0, random.nextInt(1, 8)).toArray();
      double[] sumAndCount = new double[2];
      permute(classes, clusters, 0, sumAndCount);
      assertEquals(
          sumAndCount[0] / sumAndCount[1],
          ExpectedMutualInformation.of(sizes(classes), sizes(clusters), 7),
          1e-13);
    }
  }

  private static void permute(int[] classes, int[] clusters, int from, double[] sumAndCount) {
    if (from == clusters.length) {
      sumAndCount[0] += information(classes, clusters);
      sumAndCount[1]++;
    }
    for (int i = from; i < clusters.length; i++) {
      swap(clusters, from, i);
      permute(classes, clusters, from + 1, sumAndCount);
      swap(clusters, from, i);
    }
  }

  private static void swap(int[] values, int i, int j) {
    int value = values[i];
    values[i] = values[j];
    values[j] = value;
  }

  private static long[] sizes(int[] labels) {
    long[] sizes = new long[8];
    Arrays.stream(labels).forEach(k -> sizes[k]++);
    return sizes;
  }

  private static double information(int[] a, int[] b) {
    double n = a.length;
    double sum = 0;
    for (int i = 0; i < 8; i++) {
      for (int j = 0; j < 8; j++) {
        int row = i;
        int column = j;
        double both =
            IntStream.range(0, a.length).filter(k -> a[k] == row && b[k] == column).count();
        if (both > 0) {
          sum += both / n * Math.log(both * n / sizes(a)[i] / sizes(b)[j]);
        }
      }
    }
    return sum;
  }

  @Test
  void expectationStaysExactForManySamples() {
    // To first order the mean of MI is (rows - 1)(columns - 1) / 2n (chi-squared); the next terms
    // are of order 1/n^2.
    for (long n : new long[] {1_000_000, 100_000_000, 2_000_000_000}) {
      long[] halves = {n / 2, n / 2};
      long[] parts = {n / 4, n / 4, n / 8, n / 8, n / 4};
      double expected = 4.0 / 2 / (n - 1);
      assertEquals(1, ExpectedMutualInformation.of(halves, parts, n) / expected, 2e-5);
    }
  }

  @Test
  void isAboutNothingForRandomClusters() {
    SplittableRandom random = new SplittableRandom(3);
    int n = 200_000;
    int[] classes = random.ints(n, 0, 5000).toArray();
    int[] clusters = random.ints(n, 0, 8000).toArray();
    ClusterAgreement found = ClusterAgreement.of(classes, clusters).orElseThrow();
    assertEquals(0, found.ami(), 2e-3);
    assertTrue(found.nmi() > 0.5, "random clusters have a high NMI: " + found.nmi());
  }

  @Test
  void aWeightIsACopyOfTheSamples() {
    SplittableRandom random = new SplittableRandom(4);
    for (int turn = 0; turn < 100; turn++) {
      int[] classes = random.ints(60, 0, 9).toArray();
      int[] clusters = random.ints(60, 0, 7).toArray();
      int[] weights = random.ints(9, 0, 3).toArray();
      int[] copies =
          IntStream.range(0, 60)
              .flatMap(i -> IntStream.generate(() -> i).limit(weights[classes[i]]))
              .toArray();
      assertEquals(
          ClusterAgreement.of(
              Arrays.stream(copies).map(i -> classes[i]).toArray(),
              Arrays.stream(copies).map(i -> clusters[i]).toArray()),
          ClusterAgreement.of(Contingency.of(classes, clusters).weighted(weights)));
    }
  }

  @Test
  void withoutSamplesItIsUndefined() {
    assertTrue(ClusterAgreement.of(new int[0], new int[0]).isEmpty());
    Contingency table = Contingency.of(new int[] {0, 1}, new int[] {0, 0});
    assertTrue(ClusterAgreement.of(table.weighted(new int[2])).isEmpty());
    assertFalse(ClusterAgreement.of(table).isEmpty());
  }

  @Test
  void refusesWhatIsNoTable() {
    refused("as many as classes", () -> Contingency.of(new int[2], new int[1]));
    refused("at least 0, found -1", () -> Contingency.of(new int[] {-1}, new int[1]));
    refused("at least 0, found -2", () -> Contingency.of(new int[1], new int[] {-2}));
    int[] one = {1};
    refused("found 1, 2 and 1", () -> new Contingency(one, new int[2], one));
    refused("at least 1, found 0", () -> new Contingency(one, one, new int[1]));
    int[] twice = {3, 3};
    refused("class 3 in cluster 3 twice", () -> new Contingency(twice, twice, twice));
    Contingency table = new Contingency(new int[] {4}, one, new int[] {1 << 20});
    refused("expected 5, found 4", () -> table.weighted(new int[4]));
    refused("found -1 at index 4", () -> table.weighted(new int[] {0, 0, 0, 0, -1}));
    refused("up to 2147483647", () -> table.weighted(new int[] {0, 0, 0, 0, 1 << 11}));
  }

  private static void refused(String part, Runnable call) {
    String message = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static int[] column(int[][] cells, int k) {
    return Arrays.stream(cells).mapToInt(cell -> cell[k]).toArray();
  }
}

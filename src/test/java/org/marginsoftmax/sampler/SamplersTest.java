package org.marginsoftmax.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Sampler;
import org.marginsoftmax.data.Shuffled;

class SamplersTest {
  /** Classes of these sizes, in random order; class 6 is empty. */
  private static final int[] SIZES = {400, 120, 50, 12, 5, 1, 0, 30};

  private static final int[] LABELS = labels();

  /** Class k is nearest to k + 1, then to k + 2, and so on round. */
  private static final Sampler.Neighbors NEXT =
      (classes, count) ->
          Arrays.stream(classes)
              .mapToObj(k -> IntStream.rangeClosed(1, count).map(i -> (k + i) % 8).toArray())
              .toArray(int[][]::new);

  private static int[] labels() {
    List<Integer> labels = new ArrayList<>();
    for (int k = 0; k < SIZES.length; k++) {
      for (int i = 0; i < SIZES[k]; i++) {
        labels.add(k);
      }
    }
    java.util.Collections.shuffle(labels, new Random(4));
    return labels.stream().mapToInt(k -> k).toArray();
  }

  private static List<Sampler> all() {
    return List.of(
        new Shuffled(LABELS.length),
        new PByK(LABELS, 8, 4, 3, false),
        new PByK(LABELS, 8, 7, 8, false),
        new PByK(LABELS, 8, 4, 5, true),
        new PByK(LABELS, 8, 6, 1, true),
        Weighted.balanced(LABELS, 8, 1),
        Weighted.balanced(LABELS, 8, 0.5),
        new PerClassLimit(LABELS, 8, 20));
  }

  private static int[] counts(int[] order, int n) {
    int[] counts = new int[n];
    for (int i : order) {
      counts[i]++;
    }
    return counts;
  }

  private static int[] classCounts(int[] order) {
    return counts(Arrays.stream(order).map(i -> LABELS[i]).toArray(), 8);
  }

  @Test
  void ordersAreFunctionsOfSeedAndEpoch() {
    for (Sampler sampler : all()) {
      Set<List<Integer>> different = new HashSet<>();
      for (int seed = 1; seed <= 2; seed++) {
        for (int epoch = 0; epoch < 3; epoch++) {
          int[] order = sampler.order(seed, epoch, NEXT);
          assertEquals(sampler.perEpoch(), order.length);
          assertTrue(Arrays.stream(order).allMatch(i -> i >= 0 && i < LABELS.length));
          assertArrayEquals(order, sampler.order(seed, epoch, NEXT));
          different.add(Arrays.stream(order).boxed().toList());
        }
      }
      assertEquals(6, different.size());
    }
  }

  @Test
  void pByKHasPClassesOfKSamplesInEveryBatch() {
    for (int[] size : new int[][] {{4, 3}, {7, 8}, {2, 1}, {5, 40}}) {
      for (int epoch = 0; epoch < 3; epoch++) {
        int p = size[0];
        int k = size[1];
        int[] order = new PByK(LABELS, 8, p, k, false).order(9, epoch, null);
        assertEquals(LABELS.length / (p * k) * p * k, order.length);
        for (int batch = 0; batch < order.length; batch += p * k) {
          Set<Integer> classes = new HashSet<>();
          for (int i = 0; i < p; i++) {
            int[] group = Arrays.copyOfRange(order, batch + i * k, batch + (i + 1) * k);
            int label = LABELS[group[0]];
            assertTrue(Arrays.stream(group).allMatch(n -> LABELS[n] == label));
            assertTrue(classes.add(label));
            // As many different samples as the class has.
            assertEquals(Math.min(k, SIZES[label]), Arrays.stream(group).distinct().count());
          }
        }
        int[] turns = classCounts(order);
        int most = Arrays.stream(turns).max().orElseThrow();
        for (int c = 0; c < 8; c++) {
          // Every class has had its turn, give or take one.
          assertTrue(
              SIZES[c] == 0 ? turns[c] == 0 : turns[c] >= most - 2 * k,
              () -> Arrays.toString(turns));
        }
      }
    }
  }

  /** Within a class no sample comes twice before all came once. */
  @Test
  void pByKGoesThroughAClass() {
    int[] order = new PByK(LABELS, 8, 7, 4, false).order(2, 0, null);
    int[] seen = counts(order, LABELS.length);
    for (int c = 0; c < 8; c++) {
      int label = c;
      int[] ofClass =
          IntStream.range(0, seen.length)
              .filter(i -> LABELS[i] == label)
              .map(i -> seen[i])
              .toArray();
      if (ofClass.length > 0) {
        int least = Arrays.stream(ofClass).min().orElseThrow();
        int most = Arrays.stream(ofClass).max().orElseThrow();
        assertTrue(most - least <= 1, "class " + c + ": " + least + " to " + most);
      }
    }
  }

  @Test
  void hardClassesBringTheirNearest() {
    for (int p : new int[] {2, 4, 6}) {
      Sampler sampler = new PByK(LABELS, 8, p, 2, true);
      assertTrue(sampler.needsNeighbors());
      int[] order = sampler.order(3, 1, NEXT);
      for (int batch = 0; batch < order.length; batch += 2 * p) {
        int from = batch;
        int[] classes = IntStream.range(0, p).map(i -> LABELS[order[from + 2 * i]]).toArray();
        assertEquals(p, Arrays.stream(classes).distinct().count());
        for (int i = 0; i < p / 2; i++) {
          Set<Integer> before = new HashSet<>();
          Arrays.stream(classes, 0, p / 2 + i).forEach(before::add);
          int nearest = (classes[i] + 1) % 8;
          while (before.contains(nearest) || nearest == 6) {
            nearest = (nearest + 1) % 8;
          }
          assertEquals(nearest, classes[p / 2 + i]);
        }
      }
    }
  }

  /** Each class as often as n^(1 - power) says, to one; each sample likewise. */
  @Test
  void balancedClassesAreVisitedByAPowerOfTheirSize() {
    for (double power : new double[] {0, 0.25, 0.5, 1}) {
      Sampler sampler = Weighted.balanced(LABELS, 8, power);
      double sum = Arrays.stream(SIZES).mapToDouble(n -> n == 0 ? 0 : Math.pow(n, 1 - power)).sum();
      int[] visits = new int[LABELS.length];
      int epochs = 60;
      for (int epoch = 0; epoch < epochs; epoch++) {
        int[] order = sampler.order(5, epoch, null);
        int[] counts = classCounts(order);
        int[] once = counts(order, LABELS.length);
        for (int k = 0; k < 8; k++) {
          double expected = SIZES[k] == 0 ? 0 : LABELS.length * Math.pow(SIZES[k], 1 - power) / sum;
          assertEquals(expected, counts[k], 1 + 1e-9);
        }
        for (int i = 0; i < once.length; i++) {
          double expected = LABELS.length * Math.pow(SIZES[LABELS[i]], -power) / sum;
          assertTrue(Math.abs(once[i] - expected) < 1 + 1e-9);
          visits[i] += once[i];
        }
      }
      for (int i = 0; i < visits.length; i++) {
        double expected = LABELS.length * Math.pow(SIZES[LABELS[i]], -power) / sum * epochs;
        assertEquals(expected, visits[i], 5 * Math.sqrt(epochs * 0.25) + 1);
      }
    }
  }

  @Test
  void weightsMayBeGivenSampleBySample() {
    double[] weights = new double[LABELS.length];
    weights[7] = 3;
    weights[11] = 1;
    int[] counts = counts(new Weighted(LABELS, 8, weights).order(1, 0, null), LABELS.length);
    assertEquals(LABELS.length * 0.75, counts[7], 1);
    assertEquals(LABELS.length * 0.25, counts[11], 1);
    for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      weights[3] = wrong;
      assertThrows(InvalidInputException.class, () -> new Weighted(LABELS, 8, weights));
    }
    assertThrows(
        InvalidInputException.class, () -> new Weighted(LABELS, 8, new double[LABELS.length]));
  }

  @Test
  void atMostSoManyOfAClassAndEveryoneHasATurn() {
    Sampler sampler = new PerClassLimit(LABELS, 8, 20);
    int[] seen = new int[LABELS.length];
    for (int epoch = 0; epoch < 20; epoch++) {
      int[] order = sampler.order(6, epoch, null);
      assertEquals(order.length, Arrays.stream(order).distinct().count());
      for (int k = 0; k < 8; k++) {
        assertEquals(Math.min(20, SIZES[k]), classCounts(order)[k]);
      }
      for (int i : order) {
        seen[i]++;
      }
    }
    for (int i = 0; i < seen.length; i++) {
      int n = SIZES[LABELS[i]];
      assertEquals(20.0 * Math.min(20, n) / n, seen[i], 1);
    }
    assertFalse(sampler.needsNeighbors());
  }

  @Test
  void refusesMoreClassesThanThereAre() {
    for (int p : new int[] {0, 1, 8, 9}) {
      assertThrows(InvalidInputException.class, () -> new PByK(LABELS, 8, p, 2, false));
    }
    for (int p : new int[] {3, 5, 7, 8}) {
      assertThrows(InvalidInputException.class, () -> new PByK(LABELS, 8, p, 2, true));
    }
  }
}

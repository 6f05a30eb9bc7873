package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What pages draw and list of pairs and classes, against its definition. */
class PairPicturesTest {
  private static Embeddings embeddings(int n, int d, int classes, double noise) {
    Random random = new Random(31L * n + d);
    float[][] rows = new float[n][d];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextInt(classes);
      for (int k = 0; k < d; k++) {
        rows[i][k] = (float) ((k == labels[i] % d ? 1 : 0) + noise * random.nextGaussian());
      }
    }
    return new Embeddings(rows, labels);
  }

  @ParameterizedTest
  @CsvSource({"40, 4, 4, 0.3", "300, 3, 7, 0.6", "300, 16, 2, 2", "4200, 8, 30, 0.5"})
  void rocAndHistogramsSayWhatVerificationDoes(int n, int d, int classes, double noise) {
    Embeddings embeddings = embeddings(n, d, classes, noise);
    Protocol protocol = new Protocol(100_000, 10, 100, 100, 3);
    Evaluation evaluation = Evaluation.ofUnknownClasses(embeddings, protocol);
    PairScores scores = evaluation.scores().orElseThrow();
    assertEquals(1, scores.genuine().stream().mapToDouble(s -> s).sum(), 1e-9);
    assertEquals(1, scores.impostor().stream().mapToDouble(s -> s).sum(), 1e-9);
    Verification verification = AllPairs.of(embeddings).verification().orElseThrow();
    double above = 0;
    for (int k = PairScores.BINS - 1; k > 0; k--) {
      above += scores.impostor().get(k);
      assertEquals(verification.at(PairScores.lowest(k)).far(), above, 1e-9);
    }
    List<RocCurve.Point> points = scores.roc().points();
    assertTrue(points.size() > 80 && points.size() < 120, "" + points.size());
    RocCurve.Point before = null;
    for (RocCurve.Point point : points) {
      assertEquals(verification.atFar(point.far()).tar(), point.tar());
      assertTrue(before == null || point.far() > before.far() && point.tar() >= before.tar());
      assertTrue(point.interval().map(i -> i.low() <= i.high()).orElse(true));
      before = point;
    }
    // The same intervals as the figures'.
    for (Metric metric : evaluation.metrics()) {
      if (metric.figure() == Figure.TAR_AT_FAR_1E_1) {
        assertEquals(
            metric.interval().map(Interval::low).orElse(-1.0),
            points.stream()
                .min(Comparator.comparingDouble(p -> Math.abs(p.far() - 0.1)))
                .orElseThrow()
                .interval()
                .map(Interval::low)
                .orElse(-1.0),
            0.05);
      }
    }
  }

  @Test
  void nothingIsDrawnWhereThereAreNoPairs() {
    Embeddings one = new Embeddings(new float[][] {{1, 0}, {0, 1}}, new int[] {0, 0});
    assertTrue(Evaluation.ofUnknownClasses(one, Protocol.usual(1)).scores().isEmpty());
    HardPairs pairs = HardPairs.of(one, 5);
    assertEquals(List.of(), pairs.impostor());
    assertEquals(List.of(new HardPairs.Pair(0, 1, 0)), pairs.genuine());
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 2, 24", "60, 5, 3, 1", "60, 5, 3, 24", "1500, 4, 9, 24", "90, 3, 90, 24"})
  void hardPairsAndNeighboursAreThoseOfASort(int n, int d, int classes, int most) {
    Embeddings embeddings = embeddings(n, d, classes, 0.7);
    List<HardPairs.Pair> genuine = new ArrayList<>();
    List<HardPairs.Pair> impostor = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        boolean same = embeddings.labels()[i] == embeddings.labels()[j];
        float cosine = (float) MetricsTest.cosine(embeddings.vectors()[i], embeddings.vectors()[j]);
        (same ? genuine : impostor).add(new HardPairs.Pair(i, j, cosine));
      }
    }
    genuine.sort(Comparator.comparingDouble(HardPairs.Pair::cosine));
    impostor.sort(Comparator.comparingDouble(p -> -p.cosine()));
    HardPairs found = HardPairs.of(embeddings, most);
    same(genuine, found.genuine(), most);
    same(impostor, found.impostor(), most);

    int[] queries = {0, n - 1};
    List<Neighbours> neighbours = Neighbours.of(embeddings, queries, 8);
    for (int q = 0; q < 2; q++) {
      int query = queries[q];
      double[] sorted =
          IntStream.range(0, n)
              .filter(i -> i != query)
              .mapToDouble(
                  i -> MetricsTest.cosine(embeddings.vectors()[query], embeddings.vectors()[i]))
              .sorted()
              .toArray();
      Neighbours of = neighbours.get(q);
      assertEquals(query, of.sample());
      assertEquals(Math.min(8, n - 1), of.nearest().length);
      for (int k = 0; k < of.nearest().length; k++) {
        assertEquals(sorted[sorted.length - 1 - k], of.cosines()[k], 1e-6);
        assertTrue(of.nearest()[k] != query);
      }
    }
  }

  private static void same(List<HardPairs.Pair> sorted, List<HardPairs.Pair> found, int most) {
    assertEquals(Math.min(most, sorted.size()), found.size());
    for (int k = 0; k < found.size(); k++) {
      assertEquals(sorted.get(k).cosine(), found.get(k).cosine(), 1e-6);
    }
    assertEquals(found.size(), found.stream().distinct().count());
  }

  @Test
  void classesAreRankedByTheirErrorsAndConfusionsByHowOften() {
    int[] labels = {0, 0, 1, 1, 1, 1, 3, 3, 3, 4};
    int[] predicted = {0, 0, 3, 3, 1, 0, 3, 3, 1, 4};
    float[] angles = {10, 20, 50, 60, 20, 40, 10, 10, 70, 30};
    assertEquals(
        List.of(
            new ClassResult(1, 4, 1, 42.5),
            new ClassResult(3, 3, 2, 30),
            new ClassResult(4, 1, 1, 30),
            new ClassResult(0, 2, 2, 15)),
        ClassResult.ranked(labels, predicted, angles));
    ConfusionMatrix matrix = new ConfusionMatrix(labels, predicted);
    assertEquals(
        List.of(
            new ConfusionMatrix.Confusion(1, 3, 2),
            new ConfusionMatrix.Confusion(1, 0, 1),
            new ConfusionMatrix.Confusion(3, 1, 1)),
        matrix.frequent(5));
    assertEquals(1, matrix.frequent(1).size());
    assertArrayEquals(new int[] {1, 3}, matrix.confused(5, 2));
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, matrix.confused(5, 20));
    assertEquals(2, matrix.count(3, 3));
    assertEquals(0, matrix.count(2, 2));
    assertEquals(4, matrix.samples(1));
  }
}

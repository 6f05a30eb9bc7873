package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.marginsoftmax.InvalidInputException;

/** Queries in a gallery apart from them, against the definitions in float64. */
class SearchEvaluationTest {
  private static final Protocol PROTOCOL = Protocol.usual(1).withReplicates(0);

  /** Sets on which figures go wrong. */
  enum Kind {
    ORDINARY,
    TIES,
    ALL_EQUAL,
    SOME_ZERO,
    CANCELLING,
    NO_OTHERS,
    ALL_OTHERS,
    ONE_IDENTITY
  }

  /** Queries are of classes 0..7, the gallery of some of them and of others. */
  private static Embeddings[] sets(Kind kind, int n, Random random) {
    int classes = kind == Kind.ONE_IDENTITY ? 1 : 5;
    int d = 4;
    float[][] centers = new float[20][d];
    for (float[] center : centers) {
      for (int k = 0; k < d; k++) {
        center[k] = (float) random.nextGaussian();
      }
    }
    int[] queries = new int[n];
    Arrays.setAll(
        queries,
        i ->
            switch (kind) {
              case NO_OTHERS -> random.nextInt(classes);
              case ALL_OTHERS -> 10 + random.nextInt(4);
              default -> random.nextInt(2 * classes);
            });
    int[] gallery = random.ints(2 + random.nextInt(30), 0, classes).toArray();
    return new Embeddings[] {
      embeddings(kind, queries, centers, random), embeddings(kind, gallery, centers, random)
    };
  }

  private static Embeddings embeddings(Kind kind, int[] labels, float[][] centers, Random random) {
    float[][] rows = new float[labels.length][centers[0].length];
    for (int i = 0; i < rows.length; i++) {
      for (int k = 0; k < rows[i].length; k++) {
        rows[i][k] =
            switch (kind) {
              case TIES -> random.nextInt(2);
              case ALL_EQUAL -> 1;
              case SOME_ZERO -> i % 3 == 0 ? 0 : (float) random.nextGaussian();
              case CANCELLING -> k == 0 ? i % 2 * 2 - 1 : 0;
              default -> (float) (centers[labels[i]][k] + 0.7 * random.nextGaussian());
            };
      }
    }
    return new Embeddings(rows, labels);
  }

  private static double[][] centroids(Embeddings gallery, int[] enrolled) {
    double[][] centroids = new double[enrolled.length][gallery.dimension()];
    for (int i = 0; i < gallery.size(); i++) {
      double[] row = unit(doubles(gallery.vectors()[i]));
      double[] sum = centroids[Arrays.binarySearch(enrolled, gallery.labels()[i])];
      for (int k = 0; k < sum.length; k++) {
        sum[k] += row[k];
      }
    }
    for (double[] centroid : centroids) {
      double norm = Math.sqrt(Arrays.stream(centroid).map(x -> x * x).sum());
      double[] unit = norm < 1e-6 ? new double[centroid.length] : unit(centroid);
      System.arraycopy(unit, 0, centroid, 0, unit.length);
    }
    return centroids;
  }

  private static double[] doubles(float[] row) {
    return IntStream.range(0, row.length).mapToDouble(k -> row[k]).toArray();
  }

  private static double[] unit(double[] row) {
    double norm = Math.sqrt(Arrays.stream(row).map(x -> x * x).sum());
    return Arrays.stream(row).map(x -> norm == 0 ? 0 : x / norm).toArray();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void figuresAreTheirDefinitions(Kind kind) {
    Random random = new Random(kind.ordinal());
    for (int round = 0; round < 100; round++) {
      int n = 1 + random.nextInt(kind == Kind.ORDINARY ? 400 : 60);
      Embeddings[] sets = sets(kind, n, random);
      Evaluation found = SearchEvaluation.of(sets[0], sets[1], PROTOCOL);
      assertEquals(12, found.metrics().size());
      boolean directed = sets[0].zeros() < sets[0].size() && sets[1].zeros() < sets[1].size();
      int[] enrolled = Arrays.stream(sets[1].labels()).distinct().sorted().toArray();
      double[][] centroids = centroids(sets[1], enrolled);
      double[] best = new double[n];
      double[] own = new double[n];
      int[] rank = new int[n];
      for (int q = 0; q < n; q++) {
        double[] query = unit(doubles(sets[0].vectors()[q]));
        double[] cosines =
            Arrays.stream(centroids)
                .mapToDouble(
                    c ->
                        (float)
                            IntStream.range(0, c.length).mapToDouble(k -> c[k] * query[k]).sum())
                // What is equal but for rounding is equal, where there is such.
                .map(c -> kind == Kind.ORDINARY ? c : Math.round(c * 1e5) / 1e5)
                .toArray();
        best[q] = Arrays.stream(cosines).max().getAsDouble();
        int at = Arrays.binarySearch(enrolled, sets[0].labels()[q]);
        if (at >= 0) {
          own[q] = cosines[at];
          rank[q] = (int) Arrays.stream(cosines).filter(c -> c >= cosines[at]).count();
        }
      }
      int mated = (int) Arrays.stream(rank).filter(r -> r > 0).count();
      assertEquals(directed && mated > 0, found.value("rank_1").isPresent());
      for (int k : new int[] {1, 5}) {
        if (directed && mated > 0) {
          double within = Arrays.stream(rank).filter(r -> r > 0 && r <= k).count();
          assertEquals(within / mated, found.value("rank_" + k).getAsDouble(), 1e-12);
        }
      }
      for (int k = 1; k <= 3; k++) {
        Metric tpir = metric(found, "tpir_at_fpir_1e-" + k);
        double fpir = Double.parseDouble("1e-" + k);
        boolean shown = directed && mated > 0 && n - mated >= Math.pow(10, k);
        assertEquals(shown, tpir.value().isPresent());
        if (!shown) {
          assertTrue(
              tpir.definition()
                  .contains(
                      (int) Math.pow(10, k) == 1000 ? "1,000 q" : (int) Math.pow(10, k) + " q"));
          continue;
        }
        double most = 0;
        for (double threshold : best) {
          if (identified(rank, best, threshold) <= fpir) {
            most = Math.max(most, accepted(rank, own, threshold));
          }
        }
        for (double threshold : own) {
          if (identified(rank, best, threshold) <= fpir) {
            most = Math.max(most, accepted(rank, own, threshold));
          }
        }
        assertEquals(most, tpir.value().getAsDouble(), 1e-12);
        Identification.Point point = Identification.of(sets[0], sets[1]).atFpir(fpir);
        assertTrue(point.fpir() <= fpir, "never above");
        assertEquals(point.threshold(), tpir.threshold().getAsDouble());
      }
      Optional<Retrieval> retrieval = directed ? Retrieval.of(sets[0], sets[1]) : Optional.empty();
      assertEquals(retrieval.isPresent(), found.value("gallery_recall_at_1").isPresent());
      retrieval.ifPresent(
          r -> assertEquals(r.recallAt(1), found.value("gallery_recall_at_1").getAsDouble()));
    }
  }

  /** Share of non-mated queries identified as anyone. */
  private static double identified(int[] rank, double[] best, double threshold) {
    int[] others = IntStream.range(0, rank.length).filter(q -> rank[q] == 0).toArray();
    return Arrays.stream(others).filter(q -> best[q] >= threshold).count() / (double) others.length;
  }

  /** Share of mated queries identified as their own. */
  private static double accepted(int[] rank, double[] own, double threshold) {
    int[] mated = IntStream.range(0, rank.length).filter(q -> rank[q] > 0).toArray();
    return Arrays.stream(mated).filter(q -> rank[q] == 1 && own[q] >= threshold).count()
        / (double) mated.length;
  }

  private static Metric metric(Evaluation found, String name) {
    return found.metrics().stream().filter(m -> m.name().equals(name)).findAny().orElseThrow();
  }

  /** A replicate is the queries repeated as often as their class was drawn. */
  @Test
  void replicatesAreOfRepeatedQueries() {
    Random random = new Random(5);
    Embeddings[] sets = sets(Kind.ORDINARY, 300, random);
    Units units = Units.of(sets[0].labels(), 100, 2);
    Identification found = Identification.of(sets[0], sets[1]);
    double[] values = found.tpirAtFpir(0.1, units).values();
    int undefined = 0;
    for (int b = 0; b < 100; b++) {
      int replicate = b;
      int[] rows =
          IntStream.range(0, 300)
              .flatMap(
                  q -> IntStream.generate(() -> q).limit(units.weights()[replicate][units.of()[q]]))
              .toArray();
      Identification repeated = Identification.of(sets[0].at(rows), sets[1]);
      if (repeated.mated() == 0 || repeated.nonMated() == 0) {
        assertTrue(Double.isNaN(values[b]));
        undefined++;
        continue;
      }
      double exact = repeated.atFpir(0.1).tpir();
      double more = repeated.atFpir(0.1 + 12.0 / repeated.nonMated()).tpir();
      assertTrue(exact <= values[b] + 1e-12 && values[b] <= more + 1e-12, exact + " " + values[b]);
    }
    assertTrue(undefined < 20);
  }

  @Test
  void intervalsAreOverClassesOfQueries() {
    Random random = new Random(9);
    Embeddings[] sets;
    do {
      sets = sets(Kind.ORDINARY, 400, random);
    } while (Arrays.stream(sets[1].labels()).distinct().count() < 5);
    Evaluation found = SearchEvaluation.of(sets[0], sets[1], Protocol.usual(1).withReplicates(200));
    for (String name : new String[] {"rank_1", "tpir_at_fpir_1e-1", "gallery_map_at_r"}) {
      Interval interval =
          metric(found, name).interval().orElseThrow(() -> new AssertionError(metric(found, name)));
      double value = found.value(name).getAsDouble();
      assertTrue(interval.low() <= value && value <= interval.high(), name + interval);
    }
    assertFalse(metric(found, "tpir_at_fpir_1e-3").interval().isPresent());
  }

  @Test
  void refusesOtherSizesAndRates() {
    Embeddings three = new Embeddings(new float[][] {{1, 2, 3}}, new int[] {0});
    Embeddings two = new Embeddings(new float[][] {{1, 2}}, new int[] {0});
    assertThrows(InvalidInputException.class, () -> Identification.of(three, two));
    Identification alone = Identification.of(two, two);
    for (double rate : new double[] {0, 1, -1, Double.NaN, 0.1}) {
      assertThrows(InvalidInputException.class, () -> alone.atFpir(rate));
    }
  }
}

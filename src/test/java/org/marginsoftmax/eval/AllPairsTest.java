package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All pairs by every way they are computed in, against their definitions in float64. */
class AllPairsTest {
  /** Sets on which figures go wrong. */
  enum Kind {
    ORDINARY,
    DUPLICATES,
    TIES,
    ALL_EQUAL,
    ONE_AXIS,
    SOME_ZERO
  }

  private static Embeddings embeddings(Kind kind, int n, int d, int classes, long seed) {
    Random random = new Random(seed);
    float[][] centers = new float[classes][d];
    for (float[] center : centers) {
      for (int k = 0; k < d; k++) {
        center[k] = (float) random.nextGaussian();
      }
    }
    float[][] rows = new float[n][d];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextInt(classes);
      for (int k = 0; k < d; k++) {
        rows[i][k] =
            switch (kind) {
              case ORDINARY -> (float) (centers[labels[i]][k] + 1.5 * random.nextGaussian());
              case DUPLICATES -> i >= 7 ? rows[i % 7][k] : (float) random.nextGaussian();
              case TIES -> random.nextInt(3) - 1;
              case ALL_EQUAL -> 0.3f + k;
              case ONE_AXIS -> k == i % 2 ? 1 : 0;
              case SOME_ZERO -> i % 4 == 0 ? 0 : (float) random.nextGaussian();
            };
      }
    }
    return new Embeddings(rows, labels);
  }

  /** As the cosine is defined: in float64, rounded once. */
  private static float cosine(float[] a, float[] b) {
    double cosine = MetricsTest.cosine(a, b);
    return Double.isNaN(cosine) ? 0 : (float) Math.max(-1, Math.min(1, cosine));
  }

  /** Which of two ways computes the cosines depends on the size alone. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void equalVectorsTieWhicheverWayTheirCosinesAreComputed(Kind kind) {
    for (int n : new int[] {40, 1200}) {
      Embeddings some = embeddings(kind, n, 64, 5, 3);
      float[][] rows = new float[n][];
      new Similarities(some.vectors()).forEach(some.vectors(), (q, row) -> rows[q] = row.clone());
      Random random = new Random(1);
      for (int k = 0; k < 4000; k++) {
        int i = random.nextInt(n);
        int j = random.nextInt(n);
        assertEquals(cosine(some.vectors()[i], some.vectors()[j]), rows[i][j], 1.2e-7f);
        if (Arrays.equals(some.vectors()[i], some.vectors()[j])) {
          assertArrayEquals(rows[i], rows[j], "equal vectors have equal cosines");
        }
      }
    }
  }

  /** Sums that cancel, as of codes of -1, 0 and 1: float32 would show what rounding leaves. */
  @ParameterizedTest
  @ValueSource(ints = {60, 1200})
  void orthogonalVectorsHaveTheCosine0(int n) {
    Random random = new Random(6);
    float[][] codes = new float[n][48];
    for (float[] code : codes) {
      for (int k = 0; k < code.length; k++) {
        code[k] = random.nextInt(3) - 1;
      }
    }
    float[][] unit = new Embeddings(codes, new int[n]).vectors();
    float[][] rows = new float[n][];
    new Similarities(unit).forEach(unit, (q, row) -> rows[q] = row.clone());
    int orthogonal = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        if (MetricsTest.dot(codes[i], codes[j]) == 0) {
          assertEquals(0, rows[i][j]);
          orthogonal++;
        }
      }
    }
    assertTrue(orthogonal > n * n / 20, "orthogonal pairs: " + orthogonal);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void retrievalIsWhatItsDefinitionsSay(Kind kind) {
    for (int n : new int[] {2, 3, 30, 90}) {
      for (int classes : new int[] {1, 2, 6, 40}) {
        Embeddings some = embeddings(kind, n, 5, classes, n + classes);
        Retrieval found =
            AllPairs.of(some, Units.of(some.labels(), 100, 1), Progress.NONE)
                .retrieval()
                .orElse(null);
        Retrieval apart = Retrieval.of(some, some).orElse(null);
        boolean oneClass = Arrays.stream(some.labels()).distinct().count() == 1;
        if (found == null) {
          assertTrue(oneClass || Arrays.stream(some.labels()).distinct().count() == n);
        } else {
          for (int q = 0; q < n; q++) {
            assertQuery(found, some, q, true);
            assertQuery(apart, some, q, false);
          }
        }
      }
    }
  }

  private static void assertQuery(Retrieval found, Embeddings all, int q, boolean leftOut) {
    float[][] rows = all.vectors();
    int[] labels = all.labels();
    List<Integer> ranked =
        new ArrayList<>(
            IntStream.range(0, rows.length)
                .filter(j -> !leftOut || j != q)
                .boxed()
                .sorted(
                    Comparator.<Integer>comparingDouble(j -> -cosine(rows[q], rows[j]))
                        .thenComparing(j -> labels[j] == labels[q]))
                .toList());
    int r = (int) ranked.stream().filter(j -> labels[j] == labels[q]).count();
    if (r == 0) {
      assertEquals(0, found.firstRank()[q]);
      assertTrue(Double.isNaN(found.averagePrecision()[q]));
      return;
    }
    int right = 0;
    int first = 0;
    int amongFirst = 0;
    double atR = 0;
    double all64 = 0;
    for (int rank = 1; rank <= ranked.size(); rank++) {
      if (labels[ranked.get(rank - 1)] == labels[q]) {
        right++;
        first = first == 0 ? rank : first;
        all64 += (double) right / rank;
        if (rank <= r) {
          amongFirst++;
          atR += (double) right / rank;
        }
      }
    }
    assertEquals(first, found.firstRank()[q]);
    assertEquals((double) amongFirst / r, found.rPrecision()[q], 1e-12);
    assertEquals(atR / r, found.averagePrecisionAtR()[q], 1e-12);
    assertEquals(all64 / r, found.averagePrecision()[q], 1e-12);
  }

  /** Of many pairs, counts are of cells, and their thresholds are edges of cells. */
  @ParameterizedTest
  @CsvSource({"ORDINARY, 4200", "DUPLICATES, 4200", "ONE_AXIS, 4200"})
  void countsOfManyPairsAreExactAtTheirThresholds(Kind kind, int n) {
    Embeddings some = embeddings(kind, n, 16, 40, 2);
    Verification counted = AllPairs.of(some).verification().orElseThrow();
    float[][] genuine = new float[n][];
    float[][] impostor = new float[n][];
    new Similarities(some.vectors())
        .forEach(
            some.vectors(),
            (i, row) -> {
              genuine[i] = later(row, i, some.labels(), true);
              impostor[i] = later(row, i, some.labels(), false);
            });
    Verification exact = Verification.of(joined(genuine), joined(impostor));
    assertEquals(exact.genuinePairs(), counted.genuinePairs());
    assertEquals(exact.impostorPairs(), counted.impostorPairs());
    assertEquals(exact.equalErrorRate(), counted.equalErrorRate(), 1e-5);
    assertEquals(exact.areaUnderCurve(), counted.areaUnderCurve(), 1e-6);
    for (double far : new double[] {0.5, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6}) {
      Verification.Point point = counted.atFar(far);
      assertTrue(point.far() <= far);
      Verification.Point same = exact.at(point.threshold());
      assertEquals(same.tar(), point.tar(), "of FAR " + far);
      assertEquals(same.far(), point.far(), "of FAR " + far);
      assertEquals(exact.atFar(far).tar(), point.tar(), 1e-4);
    }
  }

  private static float[] later(float[] row, int i, int[] labels, boolean same) {
    float[] some = new float[row.length];
    int n = 0;
    for (int j = i + 1; j < row.length; j++) {
      if (labels[i] == labels[j] == same) {
        some[n++] = row[j];
      }
    }
    return Arrays.copyOf(some, n);
  }

  private static float[] joined(float[][] rows) {
    float[] all = new float[Arrays.stream(rows).mapToInt(r -> r.length).sum()];
    int at = 0;
    for (float[] row : rows) {
      System.arraycopy(row, 0, all, at, row.length);
      at += row.length;
    }
    return all;
  }

  /** A replicate in which every unit is drawn once is the set itself, but for its buckets. */
  @ParameterizedTest
  @ValueSource(ints = {2, 7, 60, 450})
  void aReplicateOfEveryUnitOnceIsTheSet(int classes) {
    Embeddings some = embeddings(Kind.ORDINARY, 900, 12, classes, 5);
    Units drawn = Units.of(some.labels(), 1, 1);
    int[] once = new int[drawn.count()];
    Arrays.fill(once, 1);
    Units units = new Units(drawn.of(), drawn.count(), new int[][] {once});
    AllPairs pairs = AllPairs.of(some, units, Progress.NONE);
    Verification exact = pairs.verification().orElseThrow();
    for (double far : new double[] {1e-1, 1e-2, 1e-3}) {
      assertEquals(
          exact.atFar(far).tar(), pairs.curve().orElseThrow().tarAtFar(far).values()[0], 0.02);
    }
    assertEquals(
        exact.equalErrorRate(), pairs.curve().orElseThrow().equalErrorRate().values()[0], 0.005);
    assertEquals(
        exact.areaUnderCurve(), pairs.curve().orElseThrow().areaUnderCurve().values()[0], 0.002);
    double[] hits = pairs.retrieval().orElseThrow().found(1);
    assertEquals(Retrieval.mean(hits), units.mean(hits).values()[0], 1e-12);
  }

  /** Units drawn twice have their pairs twice, and those with others drawn thrice six times. */
  @Test
  void replicatesWeighPairsByTheirUnits() {
    Embeddings some = embeddings(Kind.ORDINARY, 300, 6, 5, 8);
    int[] weights = {2, 0, 3, 1, 0};
    Units drawn = Units.of(some.labels(), 1, 1);
    AllPairs pairs =
        AllPairs.of(some, new Units(drawn.of(), 5, new int[][] {weights}), Progress.NONE);
    List<Float> genuine = new ArrayList<>();
    List<Float> impostor = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      for (int j = 0; j < i; j++) {
        int a = drawn.of()[i];
        int b = drawn.of()[j];
        for (int k = 0; k < (a == b ? weights[a] : weights[a] * weights[b]); k++) {
          (a == b ? genuine : impostor).add(cosine(some.vectors()[i], some.vectors()[j]));
        }
      }
    }
    Verification exact = Verification.of(floats(genuine), floats(impostor));
    assertEquals(
        exact.atFar(0.1).tar(), pairs.curve().orElseThrow().tarAtFar(0.1).values()[0], 0.02);
    assertEquals(
        exact.equalErrorRate(), pairs.curve().orElseThrow().equalErrorRate().values()[0], 0.01);
    assertEquals(
        exact.areaUnderCurve(), pairs.curve().orElseThrow().areaUnderCurve().values()[0], 0.003);
  }

  private static float[] floats(List<Float> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }
}

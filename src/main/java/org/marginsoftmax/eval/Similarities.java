package org.marginsoftmax.eval;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Cosines of many vectors with many others, some rows at a time, so that the n by n matrix is never
 * held.
 *
 * <p>Up to some ten thousand vectors they are computed in float64 and rounded to float32, so that
 * what is equal by definition is equal, wherever it stands in a block: equal vectors tie. Of more
 * they are products in float32, right to about 3e-7.
 */
final class Similarities {
  private static final int CHUNK = 64;

  /** Multiplications up to which float64 is a matter of a second. */
  private static final long MOST_IN_FLOAT64 = 50_000_000_000L;

  /** Next to it numbers of float64 are 5.7e-14 apart. */
  private static final double GRID = 256;

  private final float[][] vectors;

  /**
   * @param vectors of norm 1, or zero, [n][d]
   */
  Similarities(float[][] vectors) {
    this.vectors = vectors;
  }

  /** What is done with the cosines of one query; the array is valid during the call only. */
  interface Row {
    void accept(int query, float[] cosines);
  }

  /** What is done with the cosines of one query, and what is gathered from several queries. */
  interface GatheringRow<S> {
    void accept(S gathered, int query, float[] cosines);
  }

  /** Goes through the queries, several at once; each row is told once. */
  void forEach(float[][] queries, Row row) {
    forEach(queries, row, done -> {});
  }

  /**
   * Goes through the queries, several at once; each row is told once.
   *
   * @param progress hears how many are done, from several threads
   */
  void forEach(float[][] queries, Row row, IntConsumer progress) {
    forEach(queries, () -> row, Row::accept, r -> {}, progress);
  }

  /**
   * Goes through the queries, several at once; each row is told once.
   *
   * @param start makes what is gathered from some queries that follow each other
   * @param end hears of it when they are done, from several threads
   * @param progress hears how many are done, from several threads
   */
  <S> void forEach(
      float[][] queries,
      Supplier<S> start,
      GatheringRow<S> row,
      Consumer<S> end,
      IntConsumer progress) {
    int n = vectors.length;
    if ((long) queries.length * n * vectors[0].length <= MOST_IN_FLOAT64) {
      Products.inFloat64(
          queries.length,
          q -> Vectors.unit64(queries[q]),
          n,
          i -> Vectors.unit64(vectors[i]),
          (from, to, products) ->
              chunks(
                  from,
                  to,
                  () -> {
                    double[] read = new double[n];
                    return (q, into) -> {
                      products.read(q, read);
                      round(read, into);
                    };
                  },
                  start,
                  row,
                  end,
                  progress));
    } else {
      Products.inFloat32(
          queries.length,
          q -> queries[q],
          vectors,
          (from, to, products) ->
              chunks(
                  from,
                  to,
                  () ->
                      (q, into) -> {
                        products.read(q, into);
                        clamp(into);
                      },
                  start,
                  row,
                  end,
                  progress));
    }
  }

  /**
   * @param fill makes what writes the cosines of a query
   */
  private <S> void chunks(
      int from,
      int to,
      Supplier<Row> fill,
      Supplier<S> start,
      GatheringRow<S> row,
      Consumer<S> end,
      IntConsumer progress) {
    IntStream.range(0, (to - from + CHUNK - 1) / CHUNK)
        .parallel()
        .forEach(
            chunk -> {
              float[] cosines = new float[vectors.length];
              Row filled = fill.get();
              S gathered = start.get();
              int first = from + chunk * CHUNK;
              int last = Math.min(to, first + CHUNK);
              for (int q = first; q < last; q++) {
                filled.accept(q, cosines);
                row.accept(gathered, q, cosines);
              }
              end.accept(gathered);
              progress.accept(last - first);
            });
  }

  private static void round(double[] products, float[] into) {
    for (int i = 0; i < into.length; i++) {
      // Near 0 float32 is so fine that a sum whose terms cancel would not be 0: a grid hides its
      // rounding errors.
      double rounded = products[i] + GRID - GRID;
      into[i] = (float) Math.max(-1, Math.min(1, rounded));
    }
  }

  /** Rounding may leave a product beside -1..1. */
  private static void clamp(float[] products) {
    for (int i = 0; i < products.length; i++) {
      products[i] = Math.max(-1, Math.min(1, products[i]));
    }
  }

  /** Index of the largest, the first of equal ones, leaving one index out (-1 for none). */
  static int largest(float[] similarities, int without) {
    return largest(similarities, without, 1);
  }

  /** Index of the largest, the first of equal ones, leaving out {@code count} from an index on. */
  static int largest(float[] similarities, int without, int count) {
    int best = without == 0 ? count : 0;
    for (int i = best + 1; i < similarities.length; i++) {
      if ((i < without || i >= without + count) && similarities[i] > similarities[best]) {
        best = i;
      }
    }
    return best;
  }
}

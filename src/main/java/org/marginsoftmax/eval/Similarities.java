package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

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

  /** Multiplications up to which a session of TensorFlow's would take longer to make. */
  private static final long FEW = 1L << 26;

  /** Multiplications up to which float64 is a matter of a second. */
  private static final long MOST_IN_FLOAT64 = 50_000_000_000L;

  /** Numbers of a block of the product, 64 MB. */
  private static final int BLOCK = 1 << 24;

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
    long products = (long) queries.length * vectors.length * vectors[0].length;
    if (products <= FEW) {
      double[][] all = unit64(vectors);
      chunks(
          0,
          queries.length,
          vectors.length,
          (q, cosines) -> dots(unit64(queries[q]), all, cosines),
          start,
          row,
          end,
          progress);
    } else {
      byTensorFlow(queries, products <= MOST_IN_FLOAT64, start, row, end, progress);
    }
  }

  private <S> void byTensorFlow(
      float[][] queries,
      boolean float64,
      Supplier<S> start,
      GatheringRow<S> row,
      Consumer<S> end,
      IntConsumer progress) {
    int n = vectors.length;
    int most = Math.max(CHUNK, Math.min(16 * CHUNK, BLOCK / n / CHUNK * CHUNK));
    try (Graph graph = new Graph();
        TNumber all = tensor(vectors, 0, n, float64)) {
      Ops tf = Ops.create(graph).withDevice(Products.CPU);
      Operand<? extends TNumber> some =
          float64 ? tf.placeholder(TFloat64.class) : tf.placeholder(TFloat32.class);
      Operand<? extends TNumber> others =
          float64 ? tf.placeholder(TFloat64.class) : tf.placeholder(TFloat32.class);
      Operand<TFloat32> cosines = product(tf, some, others);
      try (Session session = new Session(graph)) {
        for (int from = 0; from < queries.length; from += most) {
          int first = from;
          int count = Math.min(most, queries.length - from);
          try (TNumber block = tensor(queries, from, count, float64);
              Result result =
                  session.runner().feed(some, block).feed(others, all).fetch(cosines).run()) {
            FloatDataBuffer data = ((TFloat32) result.get(0)).asRawTensor().data().asFloats();
            chunks(
                from,
                from + count,
                n,
                (q, into) -> read(data.offset((long) (q - first) * n), into),
                start,
                row,
                end,
                progress);
          }
        }
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends TNumber> Operand<TFloat32> product(
      Ops tf, Operand<? extends TNumber> some, Operand<? extends TNumber> others) {
    return tf.dtypes.cast(
        tf.linalg.matMul((Operand<T>) some, (Operand<T>) others, MatMul.transposeB(true)),
        TFloat32.class);
  }

  private static TNumber tensor(float[][] rows, int from, int count, boolean float64) {
    int d = rows[0].length;
    return float64
        ? TFloat64.tensorOf(
            Shape.of(count, d),
            data -> {
              for (int i = 0; i < count; i++) {
                data.asRawTensor()
                    .data()
                    .asDoubles()
                    .offset((long) i * d)
                    .write(unit64(rows[from + i]));
              }
            })
        : TFloat32.tensorOf(
            Shape.of(count, d),
            data -> {
              for (int i = 0; i < count; i++) {
                data.asRawTensor().data().asFloats().offset((long) i * d).write(rows[from + i]);
              }
            });
  }

  private static <S> void chunks(
      int from,
      int to,
      int columns,
      Row fill,
      Supplier<S> start,
      GatheringRow<S> row,
      Consumer<S> end,
      IntConsumer progress) {
    IntStream.range(0, (to - from + CHUNK - 1) / CHUNK)
        .parallel()
        .forEach(
            chunk -> {
              float[] cosines = new float[columns];
              S gathered = start.get();
              int first = from + chunk * CHUNK;
              int last = Math.min(to, first + CHUNK);
              for (int q = first; q < last; q++) {
                fill.accept(q, cosines);
                row.accept(gathered, q, cosines);
              }
              end.accept(gathered);
              progress.accept(last - first);
            });
  }

  /** Rounding may leave a product beside -1..1. */
  private static void read(FloatDataBuffer from, float[] into) {
    from.read(into);
    for (int i = 0; i < into.length; i++) {
      into[i] = Math.max(-1, Math.min(1, into[i]));
    }
  }

  private static void dots(double[] query, double[][] all, float[] into) {
    for (int i = 0; i < into.length; i++) {
      double[] other = all[i];
      double sum = 0;
      for (int k = 0; k < query.length; k++) {
        sum += query[k] * other[k];
      }
      into[i] = (float) Math.max(-1, Math.min(1, sum));
    }
  }

  private static double[][] unit64(float[][] rows) {
    return Arrays.stream(rows).parallel().map(Similarities::unit64).toArray(double[][]::new);
  }

  /** The norm of float32 numbers is 1 but for rounding; here it is 1. */
  private static double[] unit64(float[] row) {
    double norm = Math.sqrt(Vectors.dot64(row, row));
    double[] unit = new double[row.length];
    for (int k = 0; k < row.length; k++) {
      unit[k] = norm == 0 ? 0 : row[k] / norm;
    }
    return unit;
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

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Inner products of many vectors with many others, one row at a time, so that the n by n matrix is
 * never held. The other vectors are stored by coordinate, so that the innermost loop runs over them
 * and is vectorised.
 */
final class Similarities {
  private static final int BLOCK = 512;

  private final float[][] byCoordinate;
  private final int size;

  Similarities(float[][] vectors) {
    size = vectors.length;
    byCoordinate = new float[vectors[0].length][size];
    for (int i = 0; i < size; i++) {
      for (int k = 0; k < byCoordinate.length; k++) {
        byCoordinate[k][i] = vectors[i][k];
      }
    }
  }

  /** What is done with the similarities of one query; the array is valid during the call only. */
  interface Row {
    void accept(int query, float[] similarities);
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
    int chunks = (queries.length + 63) / 64;
    IntStream.range(0, chunks)
        .parallel()
        .forEach(
            chunk -> {
              float[] similarities = new float[size];
              int end = Math.min(queries.length, chunk * 64 + 64);
              for (int q = chunk * 64; q < end; q++) {
                fill(queries[q], similarities);
                row.accept(q, similarities);
              }
              progress.accept(end - chunk * 64);
            });
  }

  private void fill(float[] query, float[] similarities) {
    Arrays.fill(similarities, 0);
    for (int start = 0; start < size; start += BLOCK) {
      int end = Math.min(size, start + BLOCK);
      for (int k = 0; k < query.length; k++) {
        float factor = query[k];
        float[] coordinate = byCoordinate[k];
        for (int i = start; i < end; i++) {
          similarities[i] += factor * coordinate[i];
        }
      }
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

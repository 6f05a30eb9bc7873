package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The centers of all classes, which may be too many for Java's memory: whoever needs some asks for
 * these. Rows j K to j K + K - 1 are those of class j.
 */
public interface ClassCenters {
  /** C, number of classes. */
  int classes();

  /** K, number of centers per class. */
  int perClass();

  /** Some of the centers, [rows.length][d], not necessarily of norm 1. */
  float[][] rows(int[] rows);

  /**
   * The two classes nearest to each embedding by cosine, nearest first; of equal ones the first. A
   * class is as near as the nearest of its centers.
   *
   * @param done hears how many embeddings are done since the last time
   * @return [n][2], or [n][1] if there is one class
   */
  int[][] nearest(Embeddings embeddings, IntConsumer done);

  /**
   * Centers in an array.
   *
   * @param all [C K][d]
   * @param perClass K
   */
  static ClassCenters of(float[][] all, int perClass) {
    return new ClassCenters() {
      @Override
      public int classes() {
        return all.length / perClass;
      }

      @Override
      public int perClass() {
        return perClass;
      }

      @Override
      public float[][] rows(int[] rows) {
        return Arrays.stream(rows).mapToObj(row -> all[row]).toArray(float[][]::new);
      }

      @Override
      public int[][] nearest(Embeddings embeddings, IntConsumer done) {
        int[][] nearest = new int[embeddings.size()][];
        new Similarities(Vectors.unit(all))
            .forEach(embeddings.vectors(), (q, row) -> nearest[q] = two(row), done);
        return nearest;
      }

      private int[] two(float[] cosines) {
        int first = Similarities.largest(cosines, 0, 0) / perClass;
        int second = Similarities.largest(cosines, first * perClass, perClass) / perClass;
        return classes() == 1 ? new int[] {first} : new int[] {first, second};
      }
    };
  }
}

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The centers of all classes, which may be too many for Java's memory: whoever needs some asks for
 * these. Rows j K to j K + K - 1 are those of class j.
 */
public interface ClassCenters {
  /** Most classes that {@link #nearest} finds: those of top-5 accuracy. */
  int NEAREST = 5;

  /** C, number of classes. */
  int classes();

  /** K, number of centers per class. */
  int perClass();

  /** Some of the centers, [rows.length][d], not necessarily of norm 1. */
  float[][] rows(int[] rows);

  /**
   * The classes nearest to each embedding by cosine, nearest first; of equal ones the first. A
   * class is as near as the nearest of its centers.
   *
   * @param done hears how many embeddings are done since the last time
   * @return [n][min(5, C)]
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
            .forEach(embeddings.vectors(), (q, row) -> nearest[q] = largest(row), done);
        return nearest;
      }

      private int[] largest(float[] cosines) {
        int[] classes = new int[Math.min(NEAREST, classes())];
        for (int k = 0; k < classes.length; k++) {
          classes[k] = Similarities.largest(cosines, -1) / perClass;
          // It is found once; the row belongs to the caller of this, who reads it no more.
          Arrays.fill(
              cosines, classes[k] * perClass, (classes[k] + 1) * perClass, Float.NEGATIVE_INFINITY);
        }
        return classes;
      }
    };
  }
}

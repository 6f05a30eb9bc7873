package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A sample and those nearest to it.
 *
 * @param sample index of it
 * @param nearest indices of others, nearest first; of equal ones the first
 * @param cosines of these to it, -1..1
 */
public record Neighbours(int sample, int[] nearest, float[] cosines) {
  /**
   * Finds the nearest of all other samples.
   *
   * @param samples indices of those to search for
   * @param n largest number of neighbours of each
   */
  public static List<Neighbours> of(Embeddings embeddings, int[] samples, int n) {
    List<Neighbours> found = new ArrayList<>();
    if (samples.length == 0) {
      return found;
    }
    float[] row = new float[embeddings.size()];
    Products.inFloat32(
        samples.length,
        q -> embeddings.vectors()[samples[q]],
        embeddings.vectors(),
        (from, to, products) -> {
          for (int q = from; q < to; q++) {
            products.read(q, row);
            found.add(nearest(samples[q], row, n));
          }
        });
    return found;
  }

  private static Neighbours nearest(int sample, float[] cosines, int n) {
    int[] nearest =
        IntStream.range(0, cosines.length)
            .filter(i -> i != sample)
            .boxed()
            .sorted((i, j) -> Float.compare(cosines[j], cosines[i]))
            .limit(n)
            .mapToInt(i -> i)
            .toArray();
    float[] near = new float[nearest.length];
    for (int k = 0; k < near.length; k++) {
      near[k] = Math.max(-1, Math.min(1, cosines[nearest[k]]));
    }
    return new Neighbours(sample, nearest, near);
  }
}

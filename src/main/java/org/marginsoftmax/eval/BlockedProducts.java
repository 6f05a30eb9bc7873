package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The nearest centers by products in Java, on all processors. A block of centers stays in the cache
 * while a chunk of vectors goes by; it is stored by coordinate, so that the innermost loop runs
 * over centers and is vectorised.
 */
final class BlockedProducts implements NearestCenters {
  /** Centers of a block: with 512 coordinates, half a megabyte. */
  private static final int BLOCK = 256;

  /** Vectors of a chunk. */
  private static final int CHUNK = 128;

  /** Coordinates added in one pass, which saves reading and writing the sums for each. */
  private static final int AT_ONCE = 4;

  @Override
  public int[] nearest(float[][] unitVectors, float[][] centers) {
    float[][][] blocks =
        IntStream.range(0, (centers.length + BLOCK - 1) / BLOCK)
            .parallel()
            .mapToObj(b -> byCoordinate(centers, b * BLOCK))
            .toArray(float[][][]::new);
    int[] nearest = new int[unitVectors.length];
    IntStream.range(0, (unitVectors.length + CHUNK - 1) / CHUNK)
        .parallel()
        .forEach(chunk -> search(unitVectors, blocks, chunk * CHUNK, nearest));
    return nearest;
  }

  /** Coordinates of the centers from one on, their number rounded up to whole passes. */
  private static float[][] byCoordinate(float[][] centers, int start) {
    int size = Math.min(BLOCK, centers.length - start);
    int dimension = centers[0].length;
    float[][] block = new float[(dimension + AT_ONCE - 1) / AT_ONCE * AT_ONCE][size];
    for (int i = 0; i < size; i++) {
      for (int k = 0; k < dimension; k++) {
        block[k][i] = centers[start + i][k];
      }
    }
    return block;
  }

  private static void search(float[][] vectors, float[][][] blocks, int start, int[] nearest) {
    int end = Math.min(vectors.length, start + CHUNK);
    float[] best = new float[end - start];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    float[] products = new float[blocks[0][0].length];
    for (int b = 0; b < blocks.length; b++) {
      float[][] block = blocks[b];
      for (int q = start; q < end; q++) {
        fill(products, Arrays.copyOf(vectors[q], block.length), block);
        for (int i = 0; i < block[0].length; i++) {
          if (products[i] > best[q - start]) {
            best[q - start] = products[i];
            nearest[q] = b * BLOCK + i;
          }
        }
      }
    }
  }

  private static void fill(float[] products, float[] vector, float[][] block) {
    Arrays.fill(products, 0);
    int size = block[0].length;
    for (int k = 0; k < vector.length; k += AT_ONCE) {
      float a = vector[k];
      float b = vector[k + 1];
      float c = vector[k + 2];
      float d = vector[k + 3];
      float[] first = block[k];
      float[] second = block[k + 1];
      float[] third = block[k + 2];
      float[] fourth = block[k + 3];
      for (int i = 0; i < size; i++) {
        products[i] += a * first[i] + b * second[i] + c * third[i] + d * fourth[i];
      }
    }
  }
}

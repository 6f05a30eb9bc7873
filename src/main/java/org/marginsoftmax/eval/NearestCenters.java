package org.marginsoftmax.eval;

/** Finds the nearest of many centers: the product of samples and centers, wherever it is done. */
@FunctionalInterface
public interface NearestCenters {
  /**
   * The center with the largest inner product for each vector; of equal ones the first. The result
   * must not depend on the number of threads.
   *
   * @param unitVectors [n][d], of norm 1
   * @param centers [k][d], of norm 1, k at least 1
   * @return [n], each 0..k-1
   */
  int[] nearest(float[][] unitVectors, float[][] centers);
}

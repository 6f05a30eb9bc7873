package org.marginsoftmax.data;

/**
 * Decides which samples an epoch visits, and in which order. The order depends on the arguments
 * only, so that a run can resume in the middle of an epoch without saving it.
 */
public interface Sampler {
  /** Number of samples that an epoch visits; the same for every epoch. */
  int perEpoch();

  /**
   * The samples of an epoch.
   *
   * @param epoch index of the epoch, from 0
   * @param neighbors finds classes that the network confuses; only samplers for which {@link
   *     #needsNeighbors} is true call it
   * @return {@link #perEpoch} indices of samples, which may repeat
   */
  int[] order(long seed, int epoch, Neighbors neighbors);

  /** Whether {@link #order} asks for neighbors. */
  default boolean needsNeighbors() {
    return false;
  }

  /**
   * The classes whose centers are nearest to those of others, as they were when the epoch began.
   */
  @FunctionalInterface
  interface Neighbors {
    /**
     * The nearest classes of some classes, nearest first, without the class itself.
     *
     * @param classes n classes
     * @param count neighbors to find for each, 1..C-1
     * @return int[n][count]
     */
    int[][] of(int[] classes, int count);
  }
}

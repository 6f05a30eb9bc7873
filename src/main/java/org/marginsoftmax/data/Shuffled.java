package org.marginsoftmax.data;

/**
 * Visits every sample once an epoch, in random order.
 *
 * @param perEpoch number of samples
 */
public record Shuffled(int perEpoch) implements Sampler {
  @Override
  public int[] order(long seed, int epoch, Neighbors neighbors) {
    return EpochOrder.shuffled(perEpoch, seed, epoch);
  }
}

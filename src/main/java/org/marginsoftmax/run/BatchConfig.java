package org.marginsoftmax.run;

/**
 * How training samples become batches.
 *
 * @param augment steps that change samples at random, as {@link
 *     org.marginsoftmax.augment.Augmentation#of} takes them; {@code none} for none
 * @param sampler which samples an epoch visits, in which order: shuffled, p-by-k, hard-classes or
 *     balanced
 * @param classesPerBatch P of p-by-k and hard-classes; null for what fits the batch size
 * @param samplesPerClass K of p-by-k and hard-classes; null for what fits the batch size
 * @param balancePower of balanced, 0..1: classes of n samples are visited in proportion to n^(1 -
 *     power); null for 1, all alike
 * @param perClassLimit samples of a class that an epoch of shuffled visits at most; null for all
 * @param threads number of threads that prepare batches ahead of the step, 1..256; null for one per
 *     core, at most 8
 */
public record BatchConfig(
    String augment,
    String sampler,
    Integer classesPerBatch,
    Integer samplesPerClass,
    Double balancePower,
    Integer perClassLimit,
    Integer threads) {
  /** Fills in what runs of older versions do not have. */
  public BatchConfig {
    augment = augment == null ? "none" : augment;
    sampler = sampler == null ? "shuffled" : sampler;
  }

  /** Shuffled samples as they are. */
  public static BatchConfig usual() {
    return new BatchConfig(null, null, null, null, null, null, null);
  }
}

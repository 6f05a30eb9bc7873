package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;

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
  /** Names of the samplers. */
  static final List<String> SAMPLERS = List.of("shuffled", "p-by-k", "hard-classes", "balanced");

  /**
   * Fills in what runs of older versions do not have, and checks the options of every sampler,
   * whichever is chosen.
   *
   * @throws InvalidInputException if the sampler is unknown or a value is out of range
   */
  public BatchConfig {
    augment = augment == null ? "none" : augment;
    sampler = sampler == null ? "shuffled" : sampler;
    AllowedValues.of("sampler", sampler, SAMPLERS);
    requireCount("classes-per-batch", classesPerBatch);
    requireCount("samples-per-class", samplesPerClass);
    requireCount("per-class-limit", perClassLimit);
    AllowedValues.require(
        balancePower == null || balancePower >= 0 && balancePower <= 1,
        "balance power",
        "0..1",
        balancePower,
        "say `balance-power` 0.5");
    AllowedValues.require(
        threads == null || threads >= 1 && threads <= 256,
        "data threads",
        "1..256",
        threads,
        "say `data-threads` 2");
  }

  private static void requireCount(String option, Integer count) {
    AllowedValues.require(
        count == null || count >= 1,
        option.replace('-', ' '),
        "at least 1",
        count,
        "say `" + option + "` 4");
  }

  /** Shuffled samples as they are. */
  public static BatchConfig usual() {
    return new BatchConfig(null, null, null, null, null, null, null);
  }
}

package org.marginsoftmax.run;

import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.augment.Augmentation;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Shuffled;

/**
 * How training samples become batches.
 *
 * @param augment steps that change samples at random, as {@link Augmentation#of} takes them; {@code
 *     none} for none
 * @param threads number of threads that prepare batches ahead of the step, 1..256; null for one per
 *     core, at most 8
 */
public record BatchConfig(String augment, Integer threads) {
  private static final int MOST_BY_DEFAULT = 8;
  private static final int MOST = 256;

  /** Fills in what runs of older versions do not have. */
  public BatchConfig {
    augment = augment == null ? "none" : augment;
  }

  /** Shuffled samples as they are. */
  public static BatchConfig usual() {
    return new BatchConfig(null, null);
  }

  /**
   * The epochs of a run.
   *
   * @throws InvalidInputException if a value is out of range
   */
  Epochs epochs(Samples train, int batchSize, long seed) {
    if (threads != null && (threads < 1 || threads > MOST)) {
      throw new InvalidInputException(
          "data threads: expected 1..%d, found %d; say `data-threads` 2".formatted(MOST, threads));
    }
    return new Epochs(
        train,
        new Shuffled(train.size()),
        Augmentation.of(augment, train.element()),
        batchSize,
        seed,
        threadsOrUsual());
  }

  private int threadsOrUsual() {
    return threads == null
        ? Math.min(MOST_BY_DEFAULT, Runtime.getRuntime().availableProcessors())
        : threads;
  }
}

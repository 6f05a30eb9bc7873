package org.marginsoftmax.eval;

import org.marginsoftmax.InvalidInputException;

/**
 * How embeddings are evaluated.
 *
 * @param pairSamples largest number of samples among which all pairs are compared, 2..20000
 * @param gallerySamples largest number of training samples that test samples are searched in
 * @param seed of the random draws
 */
public record Protocol(int pairSamples, int gallerySamples, long seed) {
  /**
   * @throws InvalidInputException if {@code pairSamples} is out of range
   */
  public Protocol {
    if (pairSamples < 2 || pairSamples > 20_000) {
      throw new InvalidInputException(
          "pair samples: expected 2..20000, found "
              + pairSamples
              + "; all pairs of 10000 are 50 million");
    }
    if (gallerySamples < 1) {
      throw new InvalidInputException(
          "gallery samples: expected at least 1, found " + gallerySamples + "; 10000 is usual");
    }
  }

  /**
   * A copy with another number of samples for pairs.
   *
   * @throws InvalidInputException if it is out of range
   */
  public Protocol withPairSamples(int pairSamples) {
    return new Protocol(pairSamples, gallerySamples, seed);
  }

  /** The default: 2,000 samples for pairs, a gallery of 10,000. */
  public static Protocol usual(long seed) {
    return new Protocol(2_000, 10_000, seed);
  }
}

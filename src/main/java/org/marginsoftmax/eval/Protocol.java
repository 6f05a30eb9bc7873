package org.marginsoftmax.eval;

import org.marginsoftmax.InvalidInputException;

/**
 * How embeddings are judged.
 *
 * @param pairSamples largest number of samples whose pairs are all compared, at least 2
 * @param gallerySamples largest number of training samples that test samples are looked for in
 * @param seed of the draws
 */
public record Protocol(int pairSamples, int gallerySamples, long seed) {
  /**
   * @throws InvalidInputException if a number is out of range
   */
  public Protocol {
    if (pairSamples < 2 || pairSamples > 20_000) {
      throw new InvalidInputException(
          "pair samples: expected 2..20000, found "
              + pairSamples
              + "; all pairs of 10000 are 50 million");
    }
  }

  /** This protocol with another number of samples for pairs. */
  public Protocol withPairSamples(int pairSamples) {
    return new Protocol(pairSamples, gallerySamples, seed);
  }

  /** 2,000 samples for pairs, a gallery of 10,000. */
  public static Protocol usual(long seed) {
    return new Protocol(2_000, 10_000, seed);
  }
}

package org.marginsoftmax.eval;

/**
 * How embeddings are judged.
 *
 * @param pairSamples largest number of samples whose pairs are all compared, at least 2
 * @param gallerySamples largest number of training samples that test samples are looked for in
 * @param seed of the draws
 */
public record Protocol(int pairSamples, int gallerySamples, long seed) {
  /** 2,000 samples for pairs, a gallery of 10,000. */
  public static Protocol usual(long seed) {
    return new Protocol(2_000, 10_000, seed);
  }
}

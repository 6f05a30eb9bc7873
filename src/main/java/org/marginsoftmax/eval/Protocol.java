package org.marginsoftmax.eval;

import org.marginsoftmax.InvalidInputException;

/**
 * How embeddings are evaluated.
 *
 * @param pairSamples largest number of samples among which all pairs are compared, at least 2
 * @param gallerySamples largest number of training samples that test samples are searched in
 * @param clusterSamples largest number of test samples that are clustered, of at most a twentieth
 *     as many classes; at least 40, or 0 for no figures of clusters
 * @param replicates number of bootstrap replicates that intervals are from, 0 or 100..100000; 0 for
 *     no intervals
 * @param seed of the random draws
 */
public record Protocol(
    int pairSamples, int gallerySamples, int clusterSamples, int replicates, long seed) {
  /**
   * @throws InvalidInputException if a number is out of range
   */
  public Protocol {
    if (pairSamples < 2) {
      throw new InvalidInputException(
          "pair samples: expected at least 2, found "
              + pairSamples
              + "; 100000 are 5 billion pairs");
    }
    if (gallerySamples < 1) {
      throw new InvalidInputException(
          "gallery samples: expected at least 1, found " + gallerySamples + "; 10000 is usual");
    }
    if (clusterSamples != 0 && clusterSamples < 2 * Clustering.OF_EACH) {
      throw new InvalidInputException(
          "cluster samples: expected at least %d, or 0 for no clusters, found %d; 10000 is usual"
              .formatted(2 * Clustering.OF_EACH, clusterSamples));
    }
    if (replicates != 0 && (replicates < 100 || replicates > 100_000)) {
      throw new InvalidInputException(
          "bootstrap: expected 100..100000 replicates, or 0 for no intervals, found "
              + replicates
              + "; 1000 is usual");
    }
  }

  /**
   * A copy with another number of samples for pairs.
   *
   * @throws InvalidInputException if it is out of range
   */
  public Protocol withPairSamples(int pairSamples) {
    return new Protocol(pairSamples, gallerySamples, clusterSamples, replicates, seed);
  }

  /**
   * A copy with another number of bootstrap replicates.
   *
   * @throws InvalidInputException if it is out of range
   */
  public Protocol withReplicates(int replicates) {
    return new Protocol(pairSamples, gallerySamples, clusterSamples, replicates, seed);
  }

  /**
   * The default: all pairs of up to 100,000 samples, a gallery of 10,000, clusters of up to 10,000,
   * intervals from 1,000 replicates.
   */
  public static Protocol usual(long seed) {
    return new Protocol(100_000, 10_000, 10_000, 1_000, seed);
  }

  /**
   * For figures that are looked at often, as in validation: pairs of 2,000 samples, no clusters, no
   * intervals.
   */
  public static Protocol quick(long seed) {
    return new Protocol(2_000, 10_000, 0, 0, seed);
  }
}

package org.marginsoftmax.data;

/**
 * Mixes the samples of a batch with each other, labels included. Called from several threads at
 * once; what it does depends on its arguments only.
 */
@FunctionalInterface
public interface Mixer {
  /** Mixes nothing. */
  Mixer NONE = (batch, draw) -> batch;

  /**
   * A batch of mixtures, or the same batch. The elements of the given one may be changed.
   *
   * @param draw seed of everything that is drawn for the batch
   */
  Batch mix(Batch batch, long draw);
}

package org.marginsoftmax.data;

/**
 * Changes samples at random on their way into a batch. Called from several threads at once; what it
 * does depends on its arguments only.
 */
@FunctionalInterface
public interface Augmenter {
  /** Changes nothing. */
  Augmenter NONE = (elements, offset, draw) -> {};

  /**
   * Changes a sample in place.
   *
   * @param elements bytes of samples, as in {@link Batch#elements}
   * @param offset position of the sample's first byte
   * @param draw seed of everything that is drawn for the sample
   */
  void augment(byte[] elements, int offset, long draw);
}

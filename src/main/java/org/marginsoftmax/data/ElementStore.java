package org.marginsoftmax.data;

import java.security.MessageDigest;

/** Samples in memory, without labels. */
public interface ElementStore {
  /** Number of samples. */
  int count();

  /** The type and shape of each sample. */
  ElementSpec element();

  /**
   * Copies the bytes of one sample.
   *
   * @throws IndexOutOfBoundsException if there is no such sample, or the target is too short
   */
  void copy(int index, byte[] target, int offset);

  /** Adds all bytes to a digest, in an order that is the same on every machine. */
  void update(MessageDigest digest);
}

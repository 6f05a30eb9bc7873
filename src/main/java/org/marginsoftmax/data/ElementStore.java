package org.marginsoftmax.data;

import java.security.MessageDigest;

/** Samples in memory, without labels. */
public interface ElementStore {
  /** Number of samples. */
  int count();

  /** What each of them is. */
  ElementSpec element();

  /**
   * Copies the bytes of one sample.
   *
   * @throws IndexOutOfBoundsException if there is no such sample, or the target is too short
   */
  void copy(int index, byte[] target, int offset);

  /** Adds all bytes to a digest, the same ones on every machine. */
  void update(MessageDigest digest);
}

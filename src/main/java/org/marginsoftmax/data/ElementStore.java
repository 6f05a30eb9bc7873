package org.marginsoftmax.data;

import java.security.MessageDigest;

/** The bytes of samples, without labels. */
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

  /** Bytes of Java's memory that the samples take. */
  default long memory() {
    return (long) count() * element().bytes();
  }

  /** Adds all bytes to a digest, in an order that is the same on every machine. */
  void update(MessageDigest digest);

  /** SHA-256 (64 hexadecimal digits) of all bytes, as {@link #update} adds them. */
  default String sha256() {
    MessageDigest digest = Sha256.digest();
    update(digest);
    return Sha256.hex(digest);
  }
}

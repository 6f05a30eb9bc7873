package org.marginsoftmax.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.marginsoftmax.data.Sha256;

/** Counts and hashes the bytes read through it. */
final class HashingInput extends FilterInputStream {
  private final MessageDigest digest = Sha256.digest();
  private long count;

  HashingInput(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    int value = in.read();
    if (value >= 0) {
      digest.update((byte) value);
      count++;
    }
    return value;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = in.read(target, offset, length);
    if (read > 0) {
      digest.update(target, offset, read);
      count += read;
    }
    return read;
  }

  long count() {
    return count;
  }

  /** SHA-256 of what was read; call it only once. */
  String hash() {
    return Sha256.hex(digest);
  }
}

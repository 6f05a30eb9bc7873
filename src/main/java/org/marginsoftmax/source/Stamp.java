package org.marginsoftmax.source;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.marginsoftmax.data.Sha256;

/** The first 128 bits of the SHA-256 of {@link Source#stamp}. */
record Stamp(long high, long low) {
  static Stamp of(String text) {
    ByteBuffer hash =
        ByteBuffer.wrap(Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8)));
    return new Stamp(hash.getLong(), hash.getLong());
  }
}

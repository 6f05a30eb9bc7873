package org.marginsoftmax.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * Decompresses a gzip stream; unlike its superclass it can also tell whether anything follows the
 * stream.
 */
final class GzipContent extends GZIPInputStream {
  private static final int BUFFER = 1 << 16;
  private static final int TRAILER = 8;

  /**
   * Whether a stream starts like gzip; the stream must support reset, and its position does not
   * change.
   */
  static boolean startsIn(InputStream in) throws IOException {
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip;
  }

  GzipContent(InputStream in) throws IOException {
    super(in, BUFFER);
  }

  /** Whether bytes follow the compressed stream; call it after reading the content. */
  boolean hasTrailingBytes() throws IOException {
    return inf.getRemaining() > TRAILER || in.read() >= 0;
  }
}

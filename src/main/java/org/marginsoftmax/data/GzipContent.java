package org.marginsoftmax.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * What a gzip stream holds; unlike its parent it also tells whether anything follows the stream.
 */
final class GzipContent extends GZIPInputStream {
  private static final int BUFFER = 1 << 16;
  private static final int TRAILER = 8;

  /** Whether a stream that can be reset starts as gzip does; reads nothing off it. */
  static boolean startsIn(InputStream in) throws IOException {
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip;
  }

  GzipContent(InputStream in) throws IOException {
    super(in, BUFFER);
  }

  /** Whether bytes follow the compressed stream; to be asked once its content has been read. */
  boolean hasTrailingBytes() throws IOException {
    return inf.getRemaining() > TRAILER || in.read() >= 0;
  }
}

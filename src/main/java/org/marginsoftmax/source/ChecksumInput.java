package org.marginsoftmax.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipException;

/** An entry of an archive; its end is reached only if the CRC-32 is right, which Java ignores. */
final class ChecksumInput extends CheckedInputStream {
  private final long expected;

  ChecksumInput(InputStream in, long expected) {
    super(in, new CRC32());
    this.expected = expected;
  }

  @Override
  public int read() throws IOException {
    return checked(super.read());
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return checked(super.read(target, offset, length));
  }

  private int checked(int read) throws ZipException {
    if (read < 0 && getChecksum().getValue() != expected) {
      throw new ZipException("damaged content: its CRC-32 is wrong");
    }
    return read;
  }
}

package org.marginsoftmax.pairs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.marginsoftmax.source.SeekingInput;

/**
 * An encoded image that lies in a pickle.
 *
 * @param offset of its first byte in the file
 * @param length number of bytes in the file
 * @param latin1 whether they are UTF-8 of a text whose characters are the bytes, as protocol 2 of
 *     Python 3 writes bytes
 */
record PickledImage(long offset, int length, boolean latin1) {
  /**
   * The bytes of the image.
   *
   * @throws IOException if they cannot be read, or a text has characters that are no bytes
   */
  byte[] read(Path file) throws IOException {
    byte[] stored = SeekingInput.read(file, offset, length).array();
    return latin1 ? bytes(stored) : stored;
  }

  /** Turns UTF-8 into the bytes that its characters, U+0000 to U+00FF, stand for; in place. */
  private static byte[] bytes(byte[] utf8) throws IOException {
    int count = 0;
    for (int i = 0; i < utf8.length; i++) {
      int lead = utf8[i] & 0xff;
      if (lead < 0x80) {
        utf8[count++] = utf8[i];
        continue;
      }
      // Two bytes, of which the first has the upper two bits: only C2 and C3 stay below U+0100.
      boolean isByte = (lead == 0xc2 || lead == 0xc3) && i + 1 < utf8.length;
      if (!isByte || (utf8[i + 1] & 0xc0) != 0x80) {
        throw new IOException("text that stands for no bytes");
      }
      utf8[count++] = (byte) ((lead & 3) << 6 | utf8[++i] & 0x3f);
    }
    return Arrays.copyOf(utf8, count);
  }
}

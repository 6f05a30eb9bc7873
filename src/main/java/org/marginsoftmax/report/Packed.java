package org.marginsoftmax.report;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Numbers in 16 bits each, least byte first, as base64: what scripts read fastest and smallest. */
final class Packed {
  private static final int LARGEST = Short.MAX_VALUE;

  private Packed() {}

  /**
   * Rows of coordinates of unit vectors, each a whole number of 1/32767.
   *
   * @param rows [n][k], each in -1..1; a little beyond, by rounding, is brought back
   */
  static String coordinates(float[][] rows) {
    ByteBuffer bytes = buffer(rows.length == 0 ? 0 : rows.length * rows[0].length);
    for (float[] row : rows) {
      for (float value : row) {
        bytes.putShort((short) Math.round(LARGEST * Math.max(-1, Math.min(1, value))));
      }
    }
    return base64(bytes);
  }

  /** Whole numbers of -32768..32767. */
  static String integers(int[] values) {
    ByteBuffer bytes = buffer(values.length);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return base64(bytes);
  }

  private static ByteBuffer buffer(int numbers) {
    return ByteBuffer.allocate(Short.BYTES * numbers).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String base64(ByteBuffer bytes) {
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}

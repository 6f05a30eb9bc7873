package org.marginsoftmax.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How to rotate or mirror an image for display: EXIF tag 274.
 *
 * @param exif 1..8; 1 for no change
 */
record Orientation(int exif) {
  static final Orientation AS_STORED = new Orientation(1);

  private static final int TAG = 0x112;
  private static final int ENTRY = 12;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  /**
   * Reads the orientation from EXIF data.
   *
   * @param tiff EXIF data, starting with the byte order mark
   * @return the orientation; no change if it is missing or damaged
   */
  static Orientation of(byte[] tiff) {
    ByteBuffer data = ByteBuffer.wrap(tiff);
    if (tiff.length < 8) {
      return AS_STORED;
    }
    switch (data.getShort(0)) {
      case 0x4949 -> data.order(ByteOrder.LITTLE_ENDIAN);
      case 0x4d4d -> data.order(ByteOrder.BIG_ENDIAN);
      default -> {
        return AS_STORED;
      }
    }
    long first = Integer.toUnsignedLong(data.getInt(4));
    if (data.getShort(2) != 42 || first + 2 > tiff.length) {
      return AS_STORED;
    }
    int entries = Short.toUnsignedInt(data.getShort((int) first));
    for (int i = 0; i < entries && first + 2 + (i + 1L) * ENTRY <= tiff.length; i++) {
      int at = (int) first + 2 + i * ENTRY;
      if (Short.toUnsignedInt(data.getShort(at)) == TAG) {
        return of(data, at);
      }
    }
    return AS_STORED;
  }

  private static Orientation of(ByteBuffer data, int entry) {
    int value =
        switch (data.getShort(entry + 2)) {
          case SHORT -> data.getShort(entry + 8);
          case LONG -> data.getInt(entry + 8);
          default -> 1;
        };
    return data.getInt(entry + 4) == 1 && value >= 1 && value <= 8
        ? new Orientation(value)
        : AS_STORED;
  }

  /** Whether rows become columns. */
  boolean swapsSides() {
    return exif >= 5;
  }

  /**
   * Rotates or mirrors an image.
   *
   * @param pixels pixels as stored, height x width x channels
   * @param size size of the result
   */
  byte[] upright(byte[] pixels, ImageSize size, int channels) {
    if (exif == 1) {
      return pixels;
    }
    ImageSize stored = swapsSides() ? size.turned() : size;
    byte[] turned = new byte[pixels.length];
    for (int y = 0; y < size.height(); y++) {
      for (int x = 0; x < size.width(); x++) {
        int across = swapsSides() ? y : x;
        int down = swapsSides() ? x : y;
        boolean mirrored = exif == 2 || exif == 3 || exif == 7 || exif == 8;
        boolean upsideDown = exif == 3 || exif == 4 || exif == 6 || exif == 7;
        int column = mirrored ? stored.width() - 1 - across : across;
        int row = upsideDown ? stored.height() - 1 - down : down;
        System.arraycopy(
            pixels,
            (row * stored.width() + column) * channels,
            turned,
            (y * size.width() + x) * channels,
            channels);
      }
    }
    return turned;
  }
}

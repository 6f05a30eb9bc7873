package org.marginsoftmax.image;

/**
 * How to rotate or mirror an image for display: EXIF tag 274.
 *
 * @param exif 1..8; 1 for no change
 */
record Orientation(int exif) {
  static final Orientation AS_STORED = new Orientation(1);

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

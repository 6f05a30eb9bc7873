package org.marginsoftmax.image;

/**
 * What the header of a JPEG says about its picture.
 *
 * @param marker of the frame, which tells how its coefficients are stored
 * @param bits of a value
 * @param height of the picture as stored; 0 if it is damaged or says so later
 * @param width of the picture as stored
 * @param components 1 for grey, 3 for colours, 4 for inks
 * @param cell pixels that are stored together, 8 x 8 of each component and more of those that are
 *     stored finer; null if the header does not say
 * @param scanned components in the first scan; 0 if there is none
 * @param scan where the header of the first scan begins in the file
 */
record JpegFrame(
    int marker,
    int bits,
    int height,
    int width,
    int components,
    ImageSize cell,
    int scanned,
    int scan) {
  private static final int BASELINE = 0xc0;
  private static final int EXTENDED = 0xc1;
  private static final int BLOCK = 8;

  /** Bytes before those of the components, and of each of these. */
  static final int START = 6;

  static final int PER_COMPONENT = 3;

  /**
   * Reads a frame.
   *
   * @param data of its segment, at least {@link #START} bytes
   */
  static JpegFrame of(int marker, byte[] data) {
    int components = data[5] & 0xff;
    return new JpegFrame(
        marker,
        data[0] & 0xff,
        unsignedShort(data, 1),
        unsignedShort(data, 3),
        components,
        cell(components, data),
        0,
        0);
  }

  private static ImageSize cell(int components, byte[] data) {
    if (data.length < START + components * PER_COMPONENT) {
      return null;
    }
    if (components == 1) {
      return new ImageSize(BLOCK, BLOCK);
    }
    int down = 1;
    int across = 1;
    for (int i = 0; i < components; i++) {
      int sampling = data[START + i * PER_COMPONENT + 1];
      across = Math.max(across, sampling >> 4 & 0xf);
      down = Math.max(down, sampling & 0xf);
    }
    return new ImageSize(BLOCK * down, BLOCK * across);
  }

  private static int unsignedShort(byte[] data, int at) {
    return (data[at] & 0xff) << 8 | data[at + 1] & 0xff;
  }

  JpegFrame scanned(int count, int at) {
    return new JpegFrame(marker, bits, height, width, components, cell, count, at);
  }

  /** Whether it is stored cell after cell, grey or in colour, in 8 bits. */
  boolean isPlain() {
    return (marker == BASELINE || marker == EXTENDED)
        && bits == 8
        && height > 0
        && width > 0
        && (components == 1 || components == 3)
        && scanned == components
        && cell != null;
  }

  /** Height and width of a plain picture. */
  ImageSize size() {
    return new ImageSize(height, width);
  }

  /** Number of values of a plain picture. */
  long values() {
    return (long) height * width * components;
  }
}

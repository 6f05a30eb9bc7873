package org.marginsoftmax.augment;

/**
 * An image while it is changed: levels 0..255 as floats, so that only the last step rounds.
 *
 * @param height rows
 * @param width columns
 * @param channels 1 for grey, 3 for red, green, blue
 * @param levels height x width x channels levels, channel last; changed in place
 */
record Picture(int height, int width, int channels, float[] levels) {
  static final float WHITE = 255;

  /** Reads uint8 pixels. */
  static Picture of(int height, int width, int channels, byte[] pixels, int offset) {
    float[] levels = new float[height * width * channels];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = pixels[offset + i] & 0xff;
    }
    return new Picture(height, width, channels, levels);
  }

  /** Writes uint8 pixels, rounded to the nearest level. */
  void write(byte[] pixels, int offset) {
    for (int i = 0; i < levels.length; i++) {
      pixels[offset + i] = (byte) (clipped(levels[i]) + 0.5f);
    }
  }

  static float clipped(float level) {
    return Math.max(0, Math.min(WHITE, level));
  }

  /** The grey level of the pixel at i (ITU-R BT.601, as JPEG and Pillow have it). */
  float grey(int i) {
    return channels == 1
        ? levels[i]
        : 0.299f * levels[i] + 0.587f * levels[i + 1] + 0.114f * levels[i + 2];
  }
}

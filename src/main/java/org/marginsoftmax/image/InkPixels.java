package org.marginsoftmax.image;

import java.awt.image.Raster;

/**
 * Converts the pixels of a CMYK JPEG to RGB. Java's decoder returns them as Adobe stores them,
 * inverted. Each ink removes its share of the light, as in Pillow and TensorFlow; colour profiles
 * are ignored.
 */
final class InkPixels {
  private InkPixels() {}

  /**
   * @param ycck whether the first three are stored as Y, Cb and Cr
   * @return red, green, blue as in 0xRRGGBB
   */
  static int rgb(Raster raster, int x, int y, boolean ycck) {
    int first = raster.getSample(x, y, 0);
    int second = raster.getSample(x, y, 1);
    int third = raster.getSample(x, y, 2);
    int black = raster.getSample(x, y, 3);
    if (!ycck) {
      return light(first, black) << 16 | light(second, black) << 8 | light(third, black);
    }
    int cb = second - 128;
    int cr = third - 128;
    return light(255 - clipped(first + 1.402 * cr), black) << 16
        | light(255 - clipped(first - 0.344136 * cb - 0.714136 * cr), black) << 8
        | light(255 - clipped(first + 1.772 * cb), black);
  }

  static int light(int color, int black) {
    return (color * black + 127) / 255;
  }

  private static int clipped(double value) {
    return (int) Math.max(0, Math.min(255, Math.round(value)));
  }
}

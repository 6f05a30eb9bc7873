package org.marginsoftmax.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * The pixels of a decoded image, row by row: grey values as stored, colours as red, green and blue
 * or as grey by Rec. 601, transparent pixels blended with white, 16-bit samples by their upper
 * byte.
 */
final class PixelRows implements ImageResize.Rows {
  private final BufferedImage image;
  private final Raster raster;
  private final int width;
  private final int channels;

  /** Grey as stored; getRGB would take it for linear light and brighten it. */
  private final boolean grey;

  private final int shift;
  private final int[] values;
  private final int[] alphas;

  /**
   * @param channels 1 for grey, 3 for red, green, blue
   */
  PixelRows(BufferedImage image, int channels) {
    this.image = image;
    this.channels = channels;
    raster = image.getRaster();
    width = image.getWidth();
    grey =
        raster.getNumBands() <= 2
            && !(image.getColorModel().getPixelSize() < 8)
            && !(image.getColorModel() instanceof IndexColorModel);
    shift = grey && image.getColorModel().getComponentSize(0) > 8 ? 8 : 0;
    values = new int[width];
    alphas = grey && raster.getNumBands() == 2 ? new int[width] : null;
  }

  @Override
  public void read(int y, float[] row) {
    if (grey) {
      grey(y, row);
    } else {
      color(y, row);
    }
  }

  private void grey(int y, float[] row) {
    raster.getSamples(0, y, width, 1, 0, values);
    if (alphas != null) {
      raster.getSamples(0, y, width, 1, 1, alphas);
    }
    for (int x = 0; x < width; x++) {
      float alpha = alphas == null ? 1 : (alphas[x] >> shift) / 255f;
      float value = onWhite(values[x] >> shift, alpha);
      Arrays.fill(row, x * channels, (x + 1) * channels, value);
    }
  }

  private void color(int y, float[] row) {
    image.getRGB(0, y, width, 1, values, 0, width);
    for (int x = 0; x < width; x++) {
      int argb = values[x];
      float alpha = (argb >>> 24) / 255f;
      float red = onWhite(argb >> 16, alpha);
      float green = onWhite(argb >> 8, alpha);
      float blue = onWhite(argb, alpha);
      if (channels == 1) {
        row[x] = 0.299f * red + 0.587f * green + 0.114f * blue;
      } else {
        row[x * 3] = red;
        row[x * 3 + 1] = green;
        row[x * 3 + 2] = blue;
      }
    }
  }

  private static float onWhite(int value, float alpha) {
    return (value & 0xff) * alpha + 255 * (1 - alpha);
  }
}

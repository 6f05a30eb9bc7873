package org.marginsoftmax.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * The pixels of a decoded image, row by row: grey values as stored, colours as red, green and blue
 * or as grey by Rec. 601, transparent pixels on white, samples of 16 bits by their upper byte.
 *
 * <p>Values are taken as they are stored, whatever colour space the decoder names: Java's own
 * conversion would take grey for linear light and brighten it, and apply colour profiles.
 */
final class PixelRows implements ImageResize.Rows {
  private static final int OPAQUE = 0xff000000;

  private final BufferedImage image;
  private final int width;
  private final int channels;
  private final Source source;

  /** A row as 0xAARRGGBB. */
  private final int[] colors;

  /** Fills a row of colours, not multiplied by alpha. */
  private interface Source {
    void read(int y, int[] colors);
  }

  /**
   * @param channels 1 for grey, 3 for red, green, blue
   */
  PixelRows(BufferedImage image, int channels) {
    this.image = image;
    this.channels = channels;
    width = image.getWidth();
    colors = new int[width];
    source = source();
  }

  private Source source() {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    if (model instanceof IndexColorModel indexed) {
      int[] palette = new int[indexed.getMapSize()];
      indexed.getRGBs(palette);
      int[] indices = new int[width];
      return (y, row) -> {
        raster.getSamples(0, y, width, 1, 0, indices);
        for (int x = 0; x < width; x++) {
          // An index beyond a short palette is black, as in Pillow.
          row[x] = indices[x] < palette.length ? palette[indices[x]] : OPAQUE;
        }
      };
    }
    if (model instanceof ComponentColorModel) {
      int bits = model.getComponentSize(0);
      return new Samples(raster, model, width, bits)::read;
    }
    return (y, row) -> image.getRGB(0, y, width, 1, row, 0, width);
  }

  /** Samples of one band each. */
  private static final class Samples {
    private final Raster raster;
    private final int width;
    private final int bands;
    private final boolean alpha;
    private final boolean multiplied;
    private final boolean inks;
    private final int[] values;
    private final int bits;

    Samples(Raster raster, ColorModel model, int width, int bits) {
      this.raster = raster;
      this.width = width;
      this.bits = bits;
      bands = raster.getNumBands();
      alpha = model.getTransparency() != Transparency.OPAQUE && model.hasAlpha();
      multiplied = model.isAlphaPremultiplied();
      inks = model.getColorSpace().getType() == ColorSpace.TYPE_CMYK;
      values = new int[width * bands];
    }

    void read(int y, int[] row) {
      raster.getPixels(0, y, width, 1, values);
      for (int x = 0; x < width; x++) {
        row[x] = color(x * bands);
      }
    }

    private int color(int at) {
      int a = alpha ? value(at + bands - 1) : 255;
      if (inks) {
        int black = 255 - value(at + 3);
        return a << 24
            | InkPixels.light(255 - value(at), black) << 16
            | InkPixels.light(255 - value(at + 1), black) << 8
            | InkPixels.light(255 - value(at + 2), black);
      }
      boolean grey = bands - (alpha ? 1 : 0) < 3;
      int first = value(at);
      int second = grey ? first : value(at + 1);
      int third = grey ? first : value(at + 2);
      return a << 24 | divided(first, a) << 16 | divided(second, a) << 8 | divided(third, a);
    }

    private int divided(int value, int a) {
      return !multiplied || a == 0 ? value : Math.min(255, (value * 255 + a / 2) / a);
    }

    private int value(int at) {
      return bits > 8
          ? values[at] >>> bits - 8
          : bits == 8 ? values[at] : values[at] * 255 / ((1 << bits) - 1);
    }
  }

  @Override
  public void read(int y, byte[] row) {
    source.read(y, colors);
    for (int x = 0; x < width; x++) {
      int argb = colors[x];
      int alpha = argb >>> 24;
      int red = onWhite(argb >> 16 & 0xff, alpha);
      int green = onWhite(argb >> 8 & 0xff, alpha);
      int blue = onWhite(argb & 0xff, alpha);
      if (channels == 3) {
        row[x * 3] = (byte) red;
        row[x * 3 + 1] = (byte) green;
        row[x * 3 + 2] = (byte) blue;
      } else {
        row[x] = (byte) luma(red, green, blue);
      }
    }
  }

  private static int onWhite(int value, int alpha) {
    return (value * alpha + 255 * (255 - alpha) + 127) / 255;
  }

  /** Rec. 601 in integers, as in Pillow; of grey the value itself. */
  static int luma(int red, int green, int blue) {
    return 19595 * red + 38470 * green + 7471 * blue + (1 << 15) >> 16;
  }
}

package org.marginsoftmax.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Images as data URLs of PNGs. */
final class Png {
  private Png() {}

  /** An empty image for grey (1 channel) or colour (3 channels) samples. */
  static BufferedImage image(int width, int height, int channels) {
    return new BufferedImage(
        width, height, channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
  }

  /**
   * Copies uint8 pixels, channel last, into an image. Raw samples, not colours: Java would convert
   * grey from its linear to its sRGB space.
   */
  static void copy(
      byte[] pixels, int height, int width, int channels, BufferedImage target, int left, int top) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          int value = pixels[(y * width + x) * channels + c] & 0xff;
          target.getRaster().setSample(left + x, top + y, c, value);
        }
      }
    }
  }

  static String url(BufferedImage image) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(image, "png", bytes);
      return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

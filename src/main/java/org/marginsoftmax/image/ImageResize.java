package org.marginsoftmax.image;

import org.marginsoftmax.data.ImageShape;

/**
 * Resizes images with a triangle filter (bilinear), widened by the factor when an image shrinks so
 * that every pixel counts: what Pillow calls BILINEAR. The whole image is stretched to the size.
 *
 * <p>By hand: Java's own bilinear filter looks at four pixels however much an image shrinks. With
 * Pillow's, a network sees the same pixels whether Java or Python has resized them.
 */
final class ImageResize {
  /** Values between the two passes: above so many, the pass that leaves fewer goes first. */
  private static final long LARGE = 4_000_000;

  private ImageResize() {}

  /**
   * Resizes along both axes.
   *
   * @param pixels 0..255, height x width x channels
   * @return bytes, rounded, of the target's shape
   */
  static byte[] to(ImageShape target, float[] pixels, int height, int width) {
    int channels = target.channels();
    long wide = (long) height * target.width() * channels;
    long flat = (long) width * target.height() * channels;
    float[] upright;
    if (wide > LARGE && flat < wide) {
      float[] turned = transposed(pixels, height, width, channels);
      float[] low = alongRows(turned, width, height, channels, target.height());
      float[] back = transposed(low, width, target.height(), channels);
      upright = alongRows(back, target.height(), width, channels, target.width());
    } else {
      float[] narrow = alongRows(pixels, height, width, channels, target.width());
      float[] turned = transposed(narrow, height, target.width(), channels);
      float[] done = alongRows(turned, target.width(), height, channels, target.height());
      upright = transposed(done, target.width(), target.height(), channels);
    }
    byte[] bytes = new byte[upright.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.max(0, Math.min(255, Math.round(upright[i])));
    }
    return bytes;
  }

  /** Each row of [rows, from, channels] to [rows, to, channels]. */
  private static float[] alongRows(float[] in, int rows, int from, int channels, int to) {
    double factor = (double) from / to;
    double support = Math.max(1, factor);
    float[] out = new float[rows * to * channels];
    for (int x = 0; x < to; x++) {
      double center = (x + 0.5) * factor;
      int first = (int) Math.max(0, Math.floor(center - support + 0.5));
      int last = (int) Math.min(from, Math.floor(center + support + 0.5));
      double[] weights = new double[last - first];
      double sum = 0;
      for (int k = 0; k < weights.length; k++) {
        weights[k] = Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / support);
        sum += weights[k];
      }
      for (int row = 0; row < rows; row++) {
        for (int c = 0; c < channels; c++) {
          double value = 0;
          for (int k = 0; k < weights.length; k++) {
            value += weights[k] * in[(row * from + first + k) * channels + c];
          }
          out[(row * to + x) * channels + c] = (float) (value / sum);
        }
      }
    }
    return out;
  }

  private static float[] transposed(float[] in, int rows, int columns, int channels) {
    float[] out = new float[in.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        System.arraycopy(
            in, (i * columns + j) * channels, out, (j * rows + i) * channels, channels);
      }
    }
    return out;
  }
}

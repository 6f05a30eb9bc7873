package org.marginsoftmax.augment;

/** Gaussian blur, along rows and then along columns; border pixels go on beyond the border. */
final class Blur {
  private Blur() {}

  /**
   * Blurs an image.
   *
   * @param sigma standard deviation in pixels, above 0
   */
  static void gaussian(Picture picture, double sigma) {
    float[] kernel = kernel(sigma);
    int row = picture.width() * picture.channels();
    float[] levels = picture.levels();
    float[] across = new float[levels.length];
    for (int y = 0; y < picture.height(); y++) {
      for (int c = 0; c < picture.channels(); c++) {
        line(levels, across, y * row + c, picture.channels(), picture.width(), kernel);
      }
    }
    for (int i = 0; i < row; i++) {
      line(across, levels, i, row, picture.height(), kernel);
    }
  }

  /** One side of the kernel, from the middle to three standard deviations; the whole sums to 1. */
  private static float[] kernel(double sigma) {
    float[] side = new float[1 + (int) Math.ceil(3 * sigma)];
    double sum = 0;
    for (int i = 0; i < side.length; i++) {
      side[i] = (float) StrictMath.exp(-i * i / (2 * sigma * sigma));
      sum += i == 0 ? side[i] : 2 * side[i];
    }
    for (int i = 0; i < side.length; i++) {
      side[i] /= (float) sum;
    }
    return side;
  }

  private static void line(
      float[] from, float[] to, int start, int stride, int length, float[] kernel) {
    for (int i = 0; i < length; i++) {
      float sum = kernel[0] * from[start + i * stride];
      for (int j = 1; j < kernel.length; j++) {
        int before = Math.max(0, i - j);
        int after = Math.min(length - 1, i + j);
        sum += kernel[j] * (from[start + before * stride] + from[start + after * stride]);
      }
      to[start + i * stride] = sum;
    }
  }
}

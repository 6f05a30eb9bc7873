package org.marginsoftmax.augment;

import java.util.SplittableRandom;

/** Random erasing (Zhong 2020, arXiv:1708.04896): a rectangle becomes random levels. */
final class Erasing {
  private static final double NARROWEST = 0.3;

  private Erasing() {}

  /**
   * Erases a rectangle at a random place, of a random shape: its sides are to each other as 0.3 to
   * 1 at the most, or as the image's are, if more is needed for its area.
   *
   * @param area share of the image, 0..1
   */
  static void erase(Picture picture, double area, SplittableRandom random) {
    double aspect = aspect(area, NARROWEST, random);
    int width = side(Math.sqrt(area * aspect), picture.width());
    int height = side(Math.sqrt(area / aspect), picture.height());
    int left = random.nextInt(picture.width() - width + 1);
    int top = random.nextInt(picture.height() - height + 1);
    int channels = picture.channels();
    for (int y = top; y < top + height; y++) {
      int from = (y * picture.width() + left) * channels;
      for (int i = from; i < from + width * channels; i++) {
        picture.levels()[i] = random.nextInt(256);
      }
    }
  }

  /**
   * A random aspect of a rectangle inside the image, as a factor of the image's own; its logarithm
   * is uniform, so that wide is as likely as high.
   *
   * @param area share of the image, above 0, up to 1
   * @param narrowest the smallest aspect, above 0, up to 1
   */
  static double aspect(double area, double narrowest, SplittableRandom random) {
    double widest = -StrictMath.log(Math.max(area, narrowest));
    return StrictMath.exp((2 * random.nextDouble() - 1) * widest);
  }

  private static int side(double share, int whole) {
    return Math.max(0, Math.min(whole, (int) Math.round(share * whole)));
  }
}

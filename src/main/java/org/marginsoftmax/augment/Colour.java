package org.marginsoftmax.augment;

/** Changes of light and colour. Factors and orders are those of Pillow's ImageEnhance. */
final class Colour {
  private static final int SECTORS = 6;

  private Colour() {}

  /** Multiplies every level. */
  static void brightness(Picture picture, double factor) {
    float[] levels = picture.levels();
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Picture.clipped((float) factor * levels[i]);
    }
  }

  /** Multiplies the distance of every level from the mean grey of the image. */
  static void contrast(Picture picture, double factor) {
    float[] levels = picture.levels();
    double sum = 0;
    for (int i = 0; i < levels.length; i += picture.channels()) {
      sum += picture.grey(i);
    }
    float mean = (float) (sum / (picture.height() * picture.width()));
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Picture.clipped(mean + (float) factor * (levels[i] - mean));
    }
  }

  /** Multiplies the distance of every colour from its grey; 0 makes the image grey. */
  static void saturation(Picture picture, double factor) {
    float[] levels = picture.levels();
    for (int i = 0; i < levels.length; i += picture.channels()) {
      float grey = picture.grey(i);
      for (int c = i; c < i + picture.channels(); c++) {
        levels[c] = Picture.clipped(grey + (float) factor * (levels[c] - grey));
      }
    }
  }

  /**
   * Turns every hue of a colour image on the circle of hues (HSV, Smith 1978): by 120 degrees red
   * becomes green, and green blue.
   */
  static void hue(Picture picture, double degrees) {
    float turn = (float) (degrees / 60);
    float[] levels = picture.levels();
    for (int i = 0; i < levels.length; i += picture.channels()) {
      float most = Math.max(levels[i], Math.max(levels[i + 1], levels[i + 2]));
      float least = Math.min(levels[i], Math.min(levels[i + 1], levels[i + 2]));
      float chroma = most - least;
      if (chroma > 0) {
        float hue = sector(levels[i], levels[i + 1], levels[i + 2], most, chroma) + turn;
        levels[i] = channel(hue + 5, most, chroma);
        levels[i + 1] = channel(hue + 3, most, chroma);
        levels[i + 2] = channel(hue + 1, most, chroma);
      }
    }
  }

  /** Hue in sixths of the circle, from red. */
  private static float sector(float red, float green, float blue, float most, float chroma) {
    if (most == red) {
      return (green - blue) / chroma;
    }
    return most == green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
  }

  /** A channel of the colour that has this hue, value and chroma. */
  private static float channel(float hue, float most, float chroma) {
    float k = hue % SECTORS;
    k = k < 0 ? k + SECTORS : k;
    return most - chroma * Math.max(0, Math.min(1, Math.min(k, 4 - k)));
  }
}

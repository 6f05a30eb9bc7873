package org.marginsoftmax.augment;

import java.util.Arrays;

/**
 * A change of perspective, as the 3 x 3 matrix (rows after each other) that takes a place of the
 * result to the place in the source where its colour comes from. Places are in pixels from the
 * centre of the image, x to the right and y down.
 */
record Homography(double[] m) {
  static final Homography IDENTITY = of(1, 0, 0, 0, 1, 0, 0, 0, 1);

  private static final Homography MIRROR = of(-1, 0, 0, 0, 1, 0, 0, 0, 1);

  private static Homography of(double... m) {
    return new Homography(m);
  }

  /** Mirrored, left to right. */
  static Homography mirror() {
    return MIRROR;
  }

  /** Turned about the centre, counterclockwise as seen. */
  static Homography rotation(double degrees) {
    double angle = StrictMath.toRadians(degrees);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    return of(cos, -sin, 0, sin, cos, 0, 0, 0, 1);
  }

  /** Enlarged about the centre. */
  static Homography scaling(double factor) {
    return of(1 / factor, 0, 0, 0, 1 / factor, 0, 0, 0, 1);
  }

  /** Moved by pixels to the right and down. */
  static Homography shift(double right, double down) {
    return of(1, 0, -right, 0, 1, -down, 0, 0, 1);
  }

  /**
   * A part of the image, stretched over all of it.
   *
   * @param across width of the part, as a share of the whole
   * @param along height of the part, as a share of the whole
   * @param right pixels from the centre of the image to that of the part
   */
  static Homography part(double across, double along, double right, double down) {
    return of(across, 0, right, 0, along, down, 0, 0, 1);
  }

  /**
   * The four corners seen where others are: the whole image shows the quadrilateral between places
   * of the source (Heckbert 1989, section 2.2.3).
   *
   * @param width of the image, pixels
   * @param x where the corners come from, pixels from the centre: top left, top right, bottom
   *     right, bottom left
   */
  static Homography corners(int width, int height, double[] x, double[] y) {
    double dx1 = x[1] - x[2];
    double dx2 = x[3] - x[2];
    double sx = x[0] - x[1] + x[2] - x[3];
    double dy1 = y[1] - y[2];
    double dy2 = y[3] - y[2];
    double sy = y[0] - y[1] + y[2] - y[3];
    double area = dx1 * dy2 - dx2 * dy1;
    double g = (sx * dy2 - dx2 * sy) / area;
    double h = (dx1 * sy - sx * dy1) / area;
    Homography ofUnitSquare =
        of(
            x[1] - x[0] + g * x[1],
            x[3] - x[0] + h * x[3],
            x[0],
            y[1] - y[0] + g * y[1],
            y[3] - y[0] + h * y[3],
            y[0],
            g,
            h,
            1);
    return ofUnitSquare.after(of(1.0 / width, 0, 0.5, 0, 1.0 / height, 0.5, 0, 0, 1));
  }

  /** This change, then another of its result. */
  Homography then(Homography next) {
    return after(next);
  }

  /** Whether it mirrors left to right, and nothing else. */
  boolean isMirror() {
    return Arrays.equals(m, MIRROR.m);
  }

  /** The product of the matrices: a place goes through the other one first. */
  private Homography after(Homography other) {
    double[] product = new double[9];
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        for (int i = 0; i < 3; i++) {
          product[3 * row + column] += m[3 * row + i] * other.m[3 * i + column];
        }
      }
    }
    return new Homography(product);
  }

  /**
   * The image seen anew, interpolated linearly between the four nearest pixels. Beyond the border
   * the nearest pixel of the border goes on.
   */
  Picture of(Picture source) {
    int height = source.height();
    int width = source.width();
    int channels = source.channels();
    float[] seen = new float[source.levels().length];
    double left = (width - 1) / 2.0;
    double top = (height - 1) / 2.0;
    int to = 0;
    for (int row = 0; row < height; row++) {
      double y = row - top;
      for (int column = 0; column < width; column++, to += channels) {
        double x = column - left;
        double depth = m[6] * x + m[7] * y + m[8];
        double fromX = clamp((m[0] * x + m[1] * y + m[2]) / depth + left, width - 1);
        double fromY = clamp((m[3] * x + m[4] * y + m[5]) / depth + top, height - 1);
        interpolate(source, fromX, fromY, seen, to);
      }
    }
    return new Picture(height, width, channels, seen);
  }

  private static double clamp(double place, int last) {
    return Math.max(0, Math.min(last, place));
  }

  private static void interpolate(Picture source, double x, double y, float[] seen, int to) {
    int channels = source.channels();
    int x0 = (int) x;
    int y0 = (int) y;
    float right = (float) (x - x0);
    float down = (float) (y - y0);
    int across = x0 + 1 < source.width() ? channels : 0;
    int below = y0 + 1 < source.height() ? source.width() * channels : 0;
    float[] levels = source.levels();
    int at = (y0 * source.width() + x0) * channels;
    for (int c = 0; c < channels; c++, at++) {
      float upper = levels[at] + right * (levels[at + across] - levels[at]);
      float lower = levels[at + below] + right * (levels[at + below + across] - levels[at + below]);
      seen[to + c] = upper + down * (lower - upper);
    }
  }
}

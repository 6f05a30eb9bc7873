package org.marginsoftmax.image;

import java.util.Arrays;

/**
 * Resizes images with a triangle filter (bilinear), widened by the factor when an image shrinks so
 * that every pixel counts: what Pillow calls BILINEAR, to the bit. Like Pillow it works in
 * integers: weights are multiples of 2^-22, and values are rounded to whole levels after each axis.
 *
 * <p>By hand: Java's own bilinear filter looks at four pixels however much an image shrinks. With
 * Pillow's, a network sees the same pixels whether Java or Python has resized them. Each row of the
 * image is read once and added to the rows that it counts for, so that no more than one is held.
 */
final class ImageResize {
  /** Bits of a weight behind the point; the other ten of an int are for the sum of levels. */
  private static final int BITS = 22;

  private static final int HALF = 1 << BITS - 1;

  private ImageResize() {}

  /** The pixels of an image. */
  interface Rows {
    /** Reads a row of [width, channels]. */
    void read(int y, byte[] row);
  }

  /**
   * Resizes along both axes.
   *
   * @param image size of the image
   * @param placed the part of it that is resized, and to which size; its border is left out
   * @return bytes, rounded, height x width x channels
   */
  static byte[] of(Rows rows, ImageSize image, int channels, Placement placed) {
    int width = placed.size().width();
    Filter across = Filter.of(image.width(), placed.left(), placed.width(), width);
    Filter down = Filter.of(image.height(), placed.top(), placed.height(), placed.size().height());
    byte[] row = new byte[Math.multiplyExact(image.width(), channels)];
    int[] narrow = new int[width * channels];
    int[][] sums = new int[placed.size().height()][width * channels];
    for (int[] sum : sums) {
      Arrays.fill(sum, HALF);
    }
    int done = 0;
    for (int y = down.first(0); y < down.end(sums.length - 1); y++) {
      rows.read(y, row);
      across.apply(row, narrow, channels);
      while (down.end(done) <= y) {
        done++;
      }
      for (int to = done; to < sums.length && down.first(to) <= y; to++) {
        add(down.weight(to, y), narrow, sums[to]);
      }
    }
    byte[] bytes = new byte[sums.length * narrow.length];
    for (int to = 0; to < sums.length; to++) {
      for (int i = 0; i < narrow.length; i++) {
        bytes[to * narrow.length + i] = (byte) (sums[to][i] >> BITS);
      }
    }
    return bytes;
  }

  /** A loop of its own, which the compiler turns into vector instructions. */
  private static void add(int weight, int[] values, int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * values[i];
    }
  }

  /** For each pixel along an axis of the result, the pixels of the image that it is made of. */
  private record Filter(int[] firsts, int[][] weights) {
    static Filter of(int size, double start, double length, int to) {
      // The ends of the part are floats, as Pillow's are.
      float from = (float) start;
      double factor = (double) ((float) (start + length) - from) / to;
      double support = Math.max(1, factor);
      int[] firsts = new int[to];
      int[][] weights = new int[to][];
      for (int x = 0; x < to; x++) {
        double center = from + (x + 0.5) * factor;
        firsts[x] = Math.max(0, (int) (center - support + 0.5));
        weights[x] =
            weights(
                Math.min(size, (int) (center + support + 0.5)) - firsts[x],
                firsts[x] - center + 0.5,
                1 / support);
      }
      return new Filter(firsts, weights);
    }

    private static int[] weights(int n, double offset, double slope) {
      double[] exact = new double[n];
      double sum = 0;
      for (int k = 0; k < n; k++) {
        exact[k] = Math.max(0, 1 - Math.abs((k + offset) * slope));
        sum += exact[k];
      }
      int[] weights = new int[n];
      for (int k = 0; k < n; k++) {
        weights[k] = (int) (0.5 + exact[k] / sum * (1 << BITS));
      }
      return weights;
    }

    int first(int to) {
      return firsts[to];
    }

    int end(int to) {
      return firsts[to] + weights[to].length;
    }

    int weight(int to, int from) {
      return weights[to][from - firsts[to]];
    }

    void apply(byte[] in, int[] out, int channels) {
      if (channels == 3) {
        applyToColors(in, out);
        return;
      }
      for (int x = 0; x < firsts.length; x++) {
        int[] weight = weights[x];
        int at = firsts[x];
        int sum = HALF;
        for (int k = 0; k < weight.length; k++) {
          sum += weight[k] * (in[at + k] & 0xff);
        }
        out[x] = sum >> BITS;
      }
    }

    private void applyToColors(byte[] in, int[] out) {
      for (int x = 0; x < firsts.length; x++) {
        int[] weight = weights[x];
        int at = firsts[x] * 3;
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        for (int k = 0; k < weight.length; k++) {
          int w = weight[k];
          red += w * (in[at] & 0xff);
          green += w * (in[at + 1] & 0xff);
          blue += w * (in[at + 2] & 0xff);
          at += 3;
        }
        out[3 * x] = red >> BITS;
        out[3 * x + 1] = green >> BITS;
        out[3 * x + 2] = blue >> BITS;
      }
    }
  }
}

package org.marginsoftmax.image;

/**
 * Resizes images with a triangle filter (bilinear), widened by the factor when an image shrinks so
 * that every pixel counts: what Pillow calls BILINEAR.
 *
 * <p>By hand: Java's own bilinear filter looks at four pixels however much an image shrinks. With
 * Pillow's, a network sees the same pixels whether Java or Python has resized them. Each row of the
 * image is read once and added to the rows that it counts for, so that no more than one is held.
 */
final class ImageResize {
  private ImageResize() {}

  /** The pixels of an image, 0..255. */
  interface Rows {
    /** Reads a row of [width, channels]. */
    void read(int y, float[] row);
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
    float[] row = new float[Math.multiplyExact(image.width(), channels)];
    float[] narrow = new float[width * channels];
    double[][] sums = new double[placed.size().height()][width * channels];
    int done = 0;
    for (int y = down.first(0); y < down.end(sums.length - 1); y++) {
      rows.read(y, row);
      across.apply(row, narrow, channels);
      while (down.end(done) <= y) {
        done++;
      }
      for (int to = done; to < sums.length && down.first(to) <= y; to++) {
        double weight = down.weight(to, y);
        for (int i = 0; i < narrow.length; i++) {
          sums[to][i] += weight * narrow[i];
        }
      }
    }
    byte[] bytes = new byte[sums.length * narrow.length];
    for (int to = 0; to < sums.length; to++) {
      for (int i = 0; i < narrow.length; i++) {
        float value = (float) (sums[to][i] / down.sum(to));
        bytes[to * narrow.length + i] = (byte) Math.max(0, Math.min(255, Math.round(value)));
      }
    }
    return bytes;
  }

  /** For each pixel along an axis of the result, the pixels of the image that it is made of. */
  private record Filter(int[] firsts, double[][] weights, double[] sums) {
    static Filter of(int size, double start, double length, int to) {
      double factor = length / to;
      double support = Math.max(1, factor);
      int[] firsts = new int[to];
      double[][] weights = new double[to][];
      double[] sums = new double[to];
      for (int x = 0; x < to; x++) {
        double center = start + (x + 0.5) * factor;
        firsts[x] = (int) Math.max(0, Math.floor(center - support + 0.5));
        int end = (int) Math.min(size, Math.floor(center + support + 0.5));
        weights[x] = new double[end - firsts[x]];
        for (int k = 0; k < weights[x].length; k++) {
          weights[x][k] = Math.max(0, 1 - Math.abs(firsts[x] + k + 0.5 - center) / support);
          sums[x] += weights[x][k];
        }
      }
      return new Filter(firsts, weights, sums);
    }

    int first(int to) {
      return firsts[to];
    }

    int end(int to) {
      return firsts[to] + weights[to].length;
    }

    double weight(int to, int from) {
      return weights[to][from - firsts[to]];
    }

    double sum(int to) {
      return sums[to];
    }

    void apply(float[] in, float[] out, int channels) {
      for (int x = 0; x < firsts.length; x++) {
        double[] weight = weights[x];
        for (int c = 0; c < channels; c++) {
          double value = 0;
          int at = firsts[x] * channels + c;
          for (int k = 0; k < weight.length; k++) {
            value += weight[k] * in[at + k * channels];
          }
          out[x * channels + c] = (float) (value / sums[x]);
        }
      }
    }
  }
}

package org.marginsoftmax.eval;

/**
 * Cells of cosines from -1 to 1, in which pairs are counted that are too many to be kept: 2^-20
 * wide where thresholds are looked for, 2^-12 below, where four pairs of five are and where a
 * processor's fastest memory has them all.
 *
 * @param fineFrom number of the first fine cell; a multiple of 256
 */
record Cells(int fineFrom) {
  /** Number of the cell of cosine 1. */
  static final int LAST = 1 << 21;

  private static final int COARSE = 8;

  /** A draw says where the fine cells begin: well below any FAR that is asked for. */
  private static final double FAR = 0.15;

  /**
   * @param genuine cosines of a draw, ascending, maybe none
   * @param impostor cosines of a draw, ascending, maybe none
   */
  static Cells of(float[] genuine, float[] impostor) {
    if (genuine.length == 0 || impostor.length == 0) {
      return new Cells(0);
    }
    double far = Math.max(FAR, 1.25 * Verification.of(genuine, impostor).equalErrorRate());
    float from = impostor[Math.max(0, impostor.length - 1 - (int) (far * impostor.length))];
    return new Cells(fine(from) >> COARSE << COARSE);
  }

  /**
   * The number of a fine cell, 0..LAST. Numbers of 2..4 have 22 binary digits after the point; the
   * first 20 of those of cosine + 3 are read from its bits, which is several times faster than
   * making an integer of it.
   */
  static int fine(float cosine) {
    return (Float.floatToRawIntBits(cosine + 3) - 0x40000000) >> 2;
  }

  /** The smallest cosine of a fine cell; cosine + 3 was rounded to 22 digits, halves upwards. */
  private static float fineFrom(int fine) {
    return Math.max(-1, Math.scalb((float) (4 * fine - (LAST << 1)) - 0.5f, -22));
  }

  int count() {
    return (fineFrom >> COARSE) + LAST + 1 - fineFrom;
  }

  /** The cell that has a fine one. Without a branch, which the processor could not foresee. */
  int of(int fine) {
    int below = (fine - fineFrom) >> 31;
    return (fine >> COARSE & below) | (fine - fineFrom + (fineFrom >> COARSE) & ~below);
  }

  /** The smallest cosine of a cell; above 1 for the number that follows the last. */
  float from(int cell) {
    int coarse = fineFrom >> COARSE;
    return fineFrom(cell < coarse ? cell << COARSE : cell - coarse + fineFrom);
  }
}

package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Ranges of cosines, fine where figures of verification are read off: where few impostor pairs are,
 * and where genuine ones are. Chosen by a draw of the samples.
 */
final class Buckets {
  /** Cells from which a bucket is looked up. */
  private static final int CELLS = 1 << 16;

  /** Buckets among the impostor pairs of the draw, equally spaced by the logarithm of the FAR. */
  private static final int BY_FAR = 150;

  /** Buckets among the genuine pairs of the draw, of equally many pairs. */
  private static final int BY_TAR = 60;

  /** Buckets above all impostor pairs of the draw, of equal width. */
  private static final int ABOVE = PairCurve.BUCKETS - 1 - BY_FAR - BY_TAR;

  /** The fine cells of {@link Cells} that the buckets are made of: the first, and their number. */
  private final int low;

  private final int shift;
  private final byte[] ofCell = new byte[CELLS];

  /**
   * @param genuine cosines, ascending, maybe none
   * @param impostor cosines, ascending, maybe none
   */
  Buckets(float[] genuine, float[] impostor) {
    float lowest = 1;
    float highest = -1;
    for (float[] sorted : new float[][] {genuine, impostor}) {
      if (sorted.length > 0) {
        lowest = Math.min(lowest, sorted[0]);
        highest = Math.max(highest, sorted[sorted.length - 1]);
      }
    }
    // A little more on both sides than the draw has; cosines beyond are in the outermost cells.
    float margin = Math.max(0, 0.1f * (highest - lowest));
    low = Cells.fine(Math.max(-1, lowest - margin));
    float high = Math.min(1, highest + margin);
    shift = Math.max(0, 32 - Integer.numberOfLeadingZeros((Cells.fine(high) - low) / CELLS));
    List<Float> thresholds = new ArrayList<>();
    for (int k = 1; k <= BY_FAR && impostor.length > 0; k++) {
      double far = Math.pow(impostor.length, -(k - 1.0) / (BY_FAR - 1));
      thresholds.add(impostor[impostor.length - (int) Math.ceil(far * impostor.length)]);
    }
    for (int k = 0; k < BY_TAR && genuine.length > 0; k++) {
      thresholds.add(genuine[(int) ((long) k * genuine.length / BY_TAR)]);
    }
    float top = impostor.length > 0 ? impostor[impostor.length - 1] : lowest;
    for (int k = 1; k <= ABOVE; k++) {
      thresholds.add(top + k * (high - top) / (ABOVE + 1));
    }
    int[] ascending = thresholds.stream().mapToInt(Cells::fine).sorted().toArray();
    for (int cell = 0; cell < CELLS; cell++) {
      int at = Arrays.binarySearch(ascending, low + (cell << shift));
      ofCell[cell] = (byte) (ascending.length - (at >= 0 ? at : -at - 1));
    }
  }

  /** The bucket of a fine cell of {@link Cells}, 0 for the highest. */
  int of(int fine) {
    int cell = (fine - low) >> shift;
    return ofCell[Math.max(0, Math.min(CELLS - 1, cell))] & 0xff;
  }
}

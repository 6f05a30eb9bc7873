package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The scores of all pairs in a form that can be drawn.
 *
 * @param genuine share of the genuine pairs with a cosine in each of {@link #BINS} equal bins from
 *     -1 to 1; the sum is 1
 * @param impostor share of the impostor pairs in the same bins
 * @param roc what thresholds on the cosine achieve
 */
public record PairScores(List<Double> genuine, List<Double> impostor, RocCurve roc) {
  /** Of width 1/64, some hundred times that of the cells that many pairs are counted in. */
  public static final int BINS = 128;

  static PairScores of(Verification verification, Optional<PairCurve> curve) {
    double[] genuine = new double[BINS];
    double[] impostor = new double[BINS];
    Verification.Point above = new Verification.Point(2, 0, 0);
    for (int k = BINS - 1; k >= 0; k--) {
      // Cosines a rounding error below -1 belong to the lowest bin.
      Verification.Point from = verification.at(k == 0 ? -2 : lowest(k));
      genuine[k] = from.tar() - above.tar();
      impostor[k] = from.far() - above.far();
      above = from;
    }
    return new PairScores(
        Arrays.stream(genuine).boxed().toList(),
        Arrays.stream(impostor).boxed().toList(),
        RocCurve.of(verification, curve));
  }

  /** The lowest cosine of a bin, 0..BINS - 1. */
  public static double lowest(int bin) {
    return 2.0 * bin / BINS - 1;
  }
}

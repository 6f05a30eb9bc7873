package org.marginsoftmax.eval;

/**
 * Shares of pairs accepted by falling thresholds: a curve of TAR by FAR, of counts or of weights.
 *
 * @param tar share of genuine pairs accepted at each threshold, rising to 1; all NaN if there are
 *     none
 * @param far share of impostor pairs accepted, likewise
 */
record AcceptedShares(double[] tar, double[] far) {
  /**
   * Of weights of the pairs accepted.
   *
   * @param genuine rising, to the weight of all; becomes the shares
   * @param impostor rising, to the weight of all; becomes the shares
   */
  static AcceptedShares of(double[] genuine, double[] impostor) {
    return new AcceptedShares(shares(genuine), shares(impostor));
  }

  private static double[] shares(double[] rising) {
    double all = rising[rising.length - 1];
    for (int k = 0; k < rising.length; k++) {
      rising[k] = all == 0 ? Double.NaN : rising[k] / all;
    }
    return rising;
  }

  /**
   * The TAR at a FAR, between two thresholds by their shares; NaN if pairs of a kind are missing.
   */
  double tarAtFar(double asked) {
    if (Double.isNaN(far[0]) || Double.isNaN(tar[0])) {
      return Double.NaN;
    }
    for (int k = 0; k < far.length; k++) {
      if (far[k] > asked) {
        double farBefore = k == 0 ? 0 : far[k - 1];
        double tarBefore = k == 0 ? 0 : tar[k - 1];
        double part = (asked - farBefore) / (far[k] - farBefore);
        return tarBefore + part * (tar[k] - tarBefore);
      }
    }
    return 1;
  }

  /** See {@link Verification#equalErrorRate()}; NaN if pairs of a kind are missing. */
  double equalErrorRate() {
    return Verification.equalErrorRate(tar.length, k -> 1 - tar[k], k -> far[k]);
  }

  /** See {@link Verification#areaUnderCurve()}; NaN if pairs of a kind are missing. */
  double areaUnderCurve() {
    return Verification.area(tar.length, k -> tar[k], k -> far[k]);
  }
}

package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The receiver operating characteristic of verification: the true accept rate by the false accept
 * rate. A DET curve (Martin 1997) shows the same with 1 - TAR, on probit axes.
 *
 * @param points by ascending FAR, about a hundred, equally spaced by its logarithm and again by
 *     itself
 */
public record RocCurve(List<Point> points) {
  private static final int BY_LOGARITHM = 80;
  private static final int LINEAR = 20;

  /** The smallest FAR that is looked at, however many pairs there are. */
  private static final double SMALLEST = 1e-6;

  /**
   * An operating point.
   *
   * @param far false accept rate that may not be exceeded, above 0, below 1
   * @param tar the largest true accept rate at that, 0..1
   * @param interval of 95 % confidence of the TAR, by a bootstrap over classes; empty if there is
   *     none
   */
  public record Point(double far, double tar, Optional<Interval> interval) {}

  /**
   * @param curve the same pairs by the units of a bootstrap; empty for no intervals
   */
  static RocCurve of(Verification verification, Optional<PairCurve> curve) {
    // One impostor pair is the smallest share that can be told from none.
    double from = Math.max(SMALLEST, 1.0 / verification.impostorPairs());
    double to = 0.5;
    List<Point> points = new ArrayList<>();
    for (int k = 0; k < BY_LOGARITHM && from < to; k++) {
      points.add(point(verification, curve, from * Math.pow(to / from, k / (BY_LOGARITHM - 1.0))));
    }
    for (int k = 1; k < LINEAR; k++) {
      points.add(point(verification, curve, to + (1 - to) * k / LINEAR));
    }
    return new RocCurve(List.copyOf(points));
  }

  private static Point point(Verification verification, Optional<PairCurve> curve, double far) {
    return new Point(
        far, verification.atFar(far).tar(), curve.flatMap(c -> c.tarAtFar(far).interval()));
  }
}

package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Accepted pairs by threshold, between and within the units of a bootstrap: enough to compute what
 * {@link Verification} does for every replicate. A replicate that drew a unit twice has its pairs
 * twice, and those between two units as often as the product of both; pairs between two copies of a
 * unit are left out, because they are no pairs of different classes.
 */
final class PairCurve {
  /** Buckets of cosines, the highest first. */
  static final int BUCKETS = 256;

  private final Units units;

  /** Genuine pairs of each unit by bucket, [units][BUCKETS]. */
  private final double[][] genuine;

  /** Impostor pairs by bucket between a unit and itself or a later one, [units][units - unit]. */
  private final double[][][] impostor;

  private Curve[] curves;

  PairCurve(Units units) {
    this.units = units;
    genuine = new double[units.count()][BUCKETS];
    impostor = new double[units.count()][][];
    for (int u = 0; u < units.count(); u++) {
      impostor[u] = new double[units.count() - u][BUCKETS];
    }
  }

  /** Number of replicates. */
  int replicates() {
    return units.weights().length;
  }

  /** Adds pairs between a unit and a later one, or itself. */
  synchronized void addImpostor(int unit, int[][] more) {
    for (int v = 0; v < more.length; v++) {
      for (int k = 0; k < BUCKETS; k++) {
        impostor[unit][v][k] += more[v][k];
      }
    }
  }

  /** Adds pairs of one class. */
  synchronized void addGenuine(int unit, int[] more) {
    for (int k = 0; k < BUCKETS; k++) {
      genuine[unit][k] += more[k];
    }
  }

  /** The largest TAR at a FAR, on each replicate. */
  Replicates tarAtFar(double far) {
    return replicates(curve -> tarAtFar(curve, far));
  }

  /** The equal error rate on each replicate. */
  Replicates equalErrorRate() {
    return replicates(
        curve -> Verification.equalErrorRate(BUCKETS, k -> 1 - curve.tar[k], k -> curve.far[k]));
  }

  /** The area under the curve on each replicate. */
  Replicates areaUnderCurve() {
    return replicates(curve -> Verification.area(BUCKETS, k -> curve.tar[k], k -> curve.far[k]));
  }

  /** Shares of pairs accepted down to each bucket; NaN if there are none. */
  private record Curve(double[] tar, double[] far) {}

  private Replicates replicates(ToDoubleFunction<Curve> figure) {
    if (curves == null) {
      curves = Arrays.stream(units.weights()).parallel().map(this::curve).toArray(Curve[]::new);
    }
    return new Replicates(Arrays.stream(curves).mapToDouble(figure).toArray(), units.count());
  }

  private Curve curve(int[] weights) {
    double[] tar = new double[BUCKETS];
    double[] far = new double[BUCKETS];
    for (int u = 0; u < weights.length; u++) {
      if (weights[u] > 0) {
        add(tar, genuine[u], weights[u]);
        for (int v = u; v < weights.length; v++) {
          if (weights[v] > 0) {
            add(far, impostor[u][v - u], u == v ? weights[u] : weights[u] * weights[v]);
          }
        }
      }
    }
    return new Curve(shares(tar), shares(far));
  }

  private static void add(double[] sums, double[] counts, int times) {
    for (int k = 0; k < BUCKETS; k++) {
      sums[k] += times * counts[k];
    }
  }

  private static double[] shares(double[] counts) {
    for (int k = 1; k < BUCKETS; k++) {
      counts[k] += counts[k - 1];
    }
    double all = counts[BUCKETS - 1];
    for (int k = 0; k < BUCKETS; k++) {
      counts[k] = all == 0 ? Double.NaN : counts[k] / all;
    }
    return counts;
  }

  private static double tarAtFar(Curve curve, double far) {
    if (Double.isNaN(curve.far[0]) || Double.isNaN(curve.tar[0])) {
      return Double.NaN;
    }
    for (int k = 0; k < BUCKETS; k++) {
      if (curve.far[k] > far) {
        double farBefore = k == 0 ? 0 : curve.far[k - 1];
        double tarBefore = k == 0 ? 0 : curve.tar[k - 1];
        double part = (far - farBefore) / (curve.far[k] - farBefore);
        return tarBefore + part * (curve.tar[k] - tarBefore);
      }
    }
    return 1;
  }
}

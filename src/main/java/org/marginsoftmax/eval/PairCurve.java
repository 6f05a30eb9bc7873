package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Accepted pairs by threshold, between and within the units of a bootstrap: enough to compute what
 * {@link Verification} does for every replicate. A replicate that drew a unit twice has its pairs
 * twice, and those between two units as often as the product of both; pairs between two copies of a
 * unit are left out, because they are no pairs of different classes.
 */
final class PairCurve implements VerificationReplicates {
  /** Buckets of cosines, the highest first. */
  static final int BUCKETS = 256;

  /** Pairs of units that accepted impostor pairs must be of, for their variance to be known. */
  private static final int ENOUGH = 8;

  private final Units units;

  /** Genuine pairs of each unit by bucket, [units][BUCKETS]. */
  private final double[][] genuine;

  /** Impostor pairs by bucket between a unit and itself or a later one, [units][units - unit]. */
  private final double[][][] impostor;

  private AcceptedShares[] curves;

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

  @Override
  public Replicates tarAtFar(double far) {
    return replicates(curve -> curve.tarAtFar(far));
  }

  @Override
  public Replicates equalErrorRate() {
    return replicates(AcceptedShares::equalErrorRate);
  }

  @Override
  public Replicates areaUnderCurve() {
    return replicates(AcceptedShares::areaUnderCurve);
  }

  private Replicates replicates(ToDoubleFunction<AcceptedShares> figure) {
    if (curves == null) {
      curves =
          Arrays.stream(units.weights()).parallel().map(this::curve).toArray(AcceptedShares[]::new);
      rescale(curves);
    }
    return new Replicates(Arrays.stream(curves).mapToDouble(figure).toArray(), units.count());
  }

  private AcceptedShares curve(int[] weights) {
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
    return AcceptedShares.of(cumulative(tar), cumulative(far));
  }

  /**
   * Makes the FAR of replicates vary as it does. What is particular to two units, neither of which
   * has it with others, counts three times in the variance of a bootstrap that multiplies weights
   * (Owen 2007, arXiv:0712.1111, theorem 2), and at low FARs most is; so two thirds are taken off.
   * Not where those accepted are of so few pairs of units that their variance says nothing.
   */
  private void rescale(AcceptedShares[] curves) {
    double[] ofPairs = varianceOfPairs();
    for (int k = 0; k < BUCKETS; k++) {
      int bucket = k;
      double[] far =
          Arrays.stream(curves).mapToDouble(c -> c.far()[bucket]).filter(f -> f >= 0).toArray();
      double mean = Arrays.stream(far).average().orElse(0);
      double variance = Arrays.stream(far).map(f -> (f - mean) * (f - mean)).average().orElse(0);
      double right = Math.max(variance / 3, variance - 2 * ofPairs[k]);
      double scale = variance > 0 ? Math.sqrt(right / variance) : 1;
      for (AcceptedShares curve : curves) {
        curve.far()[k] = mean + scale * (curve.far()[k] - mean);
      }
    }
  }

  /**
   * By bucket, the variance of the FAR that comes of what two units have in common alone; 0 where
   * it is not known.
   */
  private double[] varianceOfPairs() {
    int n = units.count();
    double[][] accepted = new double[n][BUCKETS];
    double[] all = new double[BUCKETS];
    for (int u = 0; u < n; u++) {
      for (int v = u + 1; v < n; v++) {
        add(accepted[u], impostor[u][v - u], 1);
        add(accepted[v], impostor[u][v - u], 1);
        add(all, impostor[u][v - u], 1);
      }
    }
    Arrays.setAll(accepted, u -> cumulative(accepted[u]));
    all = cumulative(all);
    int last = BUCKETS - 1;
    double[] squares = new double[BUCKETS];
    double[] concentration = new double[BUCKETS];
    for (int u = 0; u < n; u++) {
      for (int v = u + 1; v < n; v++) {
        double[] counts = cumulative(impostor[u][v - u]);
        for (int k = 0; k < BUCKETS && counts[last] > 0; k++) {
          double expected =
              accepted[u][k] / accepted[u][last]
                  + accepted[v][k] / accepted[v][last]
                  - all[k] / all[last];
          double difference = counts[k] - counts[last] * expected;
          squares[k] += difference * difference;
          concentration[k] += counts[k] * counts[k];
        }
      }
    }
    // The shares of the n units were fitted to n (n - 1) / 2 pairs.
    double fitted = n > 3 ? (n - 1.0) / (n - 3) : 1;
    double[] variance = new double[BUCKETS];
    for (int k = 0; k < BUCKETS; k++) {
      boolean known = all[k] * all[k] >= ENOUGH * concentration[k] && all[k] > 0;
      variance[k] = known ? fitted * squares[k] / (all[last] * all[last]) : 0;
    }
    return variance;
  }

  private static double[] cumulative(double[] counts) {
    double[] sums = counts.clone();
    Arrays.parallelPrefix(sums, Double::sum);
    return sums;
  }

  private static void add(double[] sums, double[] counts, int times) {
    for (int k = 0; k < BUCKETS; k++) {
      sums[k] += times * counts[k];
    }
  }
}

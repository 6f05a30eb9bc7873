package org.marginsoftmax.eval;

import java.util.Arrays;

/**
 * What samples of other classes cost retrieval. A query is wrong because of what stands before the
 * first of its class; with other classes in the gallery, something else would. The bootstrap over
 * classes that weighs queries alone leaves this out. Here is how much of a figure each unit takes
 * by being in the gallery, so that a replicate can add, to first order, what its draw takes more or
 * less than the set did (Hajek's projection, as by the jackknife).
 */
final class Distractors {
  /** Numbers of nearest that a query may be found among; the figure after them is 1 / rank. */
  private static final int[] FOUND_AMONG = {1, 5, 10};

  private static final int FEW_UNITS = 20;

  private final Units units;

  /**
   * What queries of a unit would gain in sum if another were not there, [figures][units][units].
   */
  private final double[][][] gains;

  Distractors(Units units) {
    this.units = units;
    gains = new double[FOUND_AMONG.length + 1][units.count()][units.count()];
  }

  /** What queries of one unit would gain if others were not there. */
  static final class Gains {
    private final double[][] ofUnits;

    Gains(int units) {
      ofUnits = new double[FOUND_AMONG.length + 1][units];
    }

    /**
     * Adds a query.
     *
     * @param rank of the first of its class, above 1
     * @param before how many of a unit stand before that one, above 0
     */
    void add(int unit, int rank, int before) {
      for (int f = 0; f < FOUND_AMONG.length; f++) {
        if (rank > FOUND_AMONG[f] && rank - before <= FOUND_AMONG[f]) {
          ofUnits[f][unit]++;
        }
      }
      ofUnits[FOUND_AMONG.length][unit] += 1.0 / (rank - before) - 1.0 / rank;
    }
  }

  /** Adds those of queries of a unit. */
  synchronized void add(int queries, Gains more) {
    for (int f = 0; f < gains.length; f++) {
      for (int u = 0; u < units.count(); u++) {
        gains[f][queries][u] += more.ofUnits[f][u];
      }
    }
  }

  /** Replicates of Recall@k, k being 1, 5 or 10. */
  Replicates recall(Retrieval retrieval, int k) {
    return replicates(Arrays.binarySearch(FOUND_AMONG, k), retrieval.found(k), retrieval.queries());
  }

  /** Replicates of the mean reciprocal rank. */
  Replicates reciprocalRank(Retrieval retrieval) {
    return replicates(FOUND_AMONG.length, retrieval.reciprocalRank(), retrieval.queries());
  }

  private Replicates replicates(int figure, double[] values, int queries) {
    Replicates ofQueries = units.mean(values);
    double[] ofUnits = new double[units.count()];
    for (double[] row : gains[figure]) {
      Arrays.setAll(ofUnits, u -> ofUnits[u] + row[u]);
    }
    double scale = scale(gains[figure], ofUnits);
    double[] all = new double[ofQueries.values().length];
    for (int b = 0; b < all.length; b++) {
      double gained = 0;
      for (int u = 0; u < ofUnits.length; u++) {
        gained -= (units.weights()[b][u] - 1) * ofUnits[u];
      }
      all[b] = Math.max(0, Math.min(1, ofQueries.values()[b] + scale * gained / queries));
    }
    return new Replicates(all, units.count());
  }

  /**
   * What is particular to a query's unit and the other is in the spread of queries already. Half of
   * it is taken off here: queries that two units hide at once, which neither's absence shows, make
   * up for the rest, and with few units for all of it, as far as simulations tell.
   */
  private static double scale(double[][] gains, double[] ofUnits) {
    if (ofUnits.length < FEW_UNITS) {
      return 1;
    }
    double mean = Arrays.stream(ofUnits).average().orElseThrow();
    double spread = Arrays.stream(ofUnits).map(g -> (g - mean) * (g - mean)).sum();
    double ofPairs = 0;
    for (double[] row : gains) {
      for (int u = 0; u < row.length; u++) {
        double expected = ofUnits[u] / row.length;
        ofPairs += (row[u] - expected) * (row[u] - expected);
      }
    }
    return spread == 0 ? 0 : Math.sqrt(Math.max(0, 1 - ofPairs / spread / 2));
  }
}

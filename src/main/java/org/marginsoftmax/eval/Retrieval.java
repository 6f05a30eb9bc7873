package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;

/**
 * Retrieval: each query is searched by cosine in a gallery. Of equal cosines, samples of other
 * classes come first, so that figures do not depend on the order of the samples and a network that
 * has collapsed finds nothing. R is the number of samples of the query's class in the gallery;
 * queries without any are not counted, and have rank 0 and NaN here.
 *
 * @param firstRank of the first sample of the query's class, from 1, [n]
 * @param rPrecision share of the first R that are of the query's class, [n]
 * @param averagePrecisionAtR the mean over ranks 1..R of the precision at that rank, counted as 0
 *     if the sample there is of another class (Musgrave 2020, arXiv:2003.08505, section 3.2), [n]
 * @param averagePrecision the mean of the precision at the ranks of all R samples of the query's
 *     class, [n]
 */
public record Retrieval(
    int[] firstRank, double[] rPrecision, double[] averagePrecisionAtR, double[] averagePrecision) {

  Retrieval(int queries) {
    this(new int[queries], new double[queries], new double[queries], new double[queries]);
    Arrays.fill(rPrecision, Double.NaN);
    Arrays.fill(averagePrecisionAtR, Double.NaN);
    Arrays.fill(averagePrecision, Double.NaN);
  }

  /**
   * Queries are searched in a gallery apart from them.
   *
   * @return empty if no query has a sample of its class in the gallery, or all of the gallery is of
   *     one class
   * @throws InvalidInputException if the sizes of the embeddings differ
   */
  public static Optional<Retrieval> of(Embeddings queries, Embeddings gallery) {
    if (queries.dimension() != gallery.dimension()) {
      throw new InvalidInputException(
          "gallery: expected embeddings of size %d, found %d; compute both by one network"
              .formatted(queries.dimension(), gallery.dimension()));
    }
    int[] order = Units.one(gallery.size()).order(gallery.labels());
    Embeddings sorted = gallery.at(order);
    int[] labels = sorted.labels();
    Retrieval found = new Retrieval(queries.size());
    new Similarities(sorted.vectors())
        .forEach(
            queries.vectors(),
            (q, row) -> {
              int from = lowerBound(labels, queries.labels()[q]);
              int to = lowerBound(labels, queries.labels()[q] + 1);
              found.rank(q, row, from, to, -1);
            });
    return found.queries() == 0 || labels[0] == labels[labels.length - 1]
        ? Optional.empty()
        : Optional.of(found);
  }

  private static int lowerBound(int[] ascending, int value) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Ranks the samples of a query's class.
   *
   * @param row cosines to the gallery, in which that class is at from..to - 1
   * @param without index in that range of the query itself; -1 if it is not in the gallery
   */
  void rank(int query, float[] row, int from, int to, int without) {
    int r = to - from - (without < 0 ? 0 : 1);
    if (r == 0) {
      return;
    }
    float[] own = new float[r];
    int n = 0;
    for (int j = from; j < to; j++) {
      if (j != without) {
        own[n++] = row[j];
      }
    }
    Arrays.sort(own);
    int[] others = othersFrom(row, from, to, own);
    int before = 0;
    int amongFirst = 0;
    double sum = 0;
    double sumAtR = 0;
    for (int k = 1; k <= r; k++) {
      before += others[r - k];
      int rank = k + before;
      sum += (double) k / rank;
      if (k == 1) {
        firstRank[query] = rank;
      }
      if (rank <= r) {
        amongFirst++;
        sumAtR += (double) k / rank;
      }
    }
    rPrecision[query] = (double) amongFirst / r;
    averagePrecisionAtR[query] = sumAtR / r;
    averagePrecision[query] = sum / r;
  }

  /** Fine cells in one, so that most cosines need not be compared with each of the class. */
  private static final int SHIFT = 9;

  private static final int CELLS = Cells.LAST >> SHIFT;

  /** Cosines that a processor's fastest memory has. */
  private static final int AT_A_TIME = 1024;

  /**
   * How many others have a cosine from that of own[k] up to that of own[k + 1], at k; equal ones
   * are at the last of these.
   */
  private static int[] othersFrom(float[] row, int from, int to, float[] own) {
    int[] others = new int[own.length];
    boolean[] crossed = new boolean[CELLS + 1];
    for (float cosine : own) {
      crossed[cell(cosine)] = true;
    }
    int[] counts = new int[CELLS + 1];
    float[] near = new float[AT_A_TIME];
    for (int start = 0; start < row.length; start += AT_A_TIME) {
      int end = Math.min(row.length, start + AT_A_TIME);
      int n = near(row, start, Math.min(end, from), own[0], near, 0);
      n = near(row, Math.max(start, to), end, own[0], near, n);
      count(near, n, own, crossed, counts, others);
    }
    int k = -1;
    for (int cell = 0; cell <= CELLS; cell++) {
      while (crossed[cell] && k + 1 < own.length && cell(own[k + 1]) == cell) {
        k++;
      }
      if (!crossed[cell] && k >= 0) {
        others[k] += counts[cell];
      }
    }
    return others;
  }

  private static int cell(float cosine) {
    return Cells.fine(cosine) >> SHIFT;
  }

  /**
   * Copies those that are not below the lowest, mostly few: without a branch, which the processor
   * could not foresee.
   *
   * @param n number of those copied before
   * @return number of those copied so far
   */
  private static int near(float[] row, int from, int to, float lowest, float[] near, int n) {
    int copied = n;
    for (int j = from; j < to; j++) {
      near[copied] = row[j];
      copied += row[j] >= lowest ? 1 : 0;
    }
    return copied;
  }

  private static void count(
      float[] near, int n, float[] own, boolean[] crossed, int[] counts, int[] others) {
    for (int j = 0; j < n; j++) {
      int cell = cell(near[j]);
      if (crossed[cell]) {
        int k = notAbove(own, near[j]);
        if (k >= 0) {
          others[k]++;
        }
      } else {
        counts[cell]++;
      }
    }
  }

  /** Index of the last of some ascending values that does not exceed a value; -1 if all do. */
  private static int notAbove(float[] ascending, float value) {
    int low = -1;
    int high = ascending.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >> 1;
      if (ascending[middle] <= value) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Number of queries: samples that have one of their class in the gallery. */
  public int queries() {
    return (int) Arrays.stream(firstRank).filter(rank -> rank > 0).count();
  }

  /**
   * Whether a sample of the query's class is among the first k, 1 or 0; NaN of what is no query.
   */
  double[] found(int k) {
    return Arrays.stream(firstRank)
        .mapToDouble(rank -> rank == 0 ? Double.NaN : rank <= k ? 1 : 0)
        .toArray();
  }

  /** 1 / the rank of the first sample of the query's class; NaN of what is no query. */
  double[] reciprocalRank() {
    return Arrays.stream(firstRank)
        .mapToDouble(rank -> rank == 0 ? Double.NaN : 1.0 / rank)
        .toArray();
  }

  /** Share of queries with a sample of their class among the first k, 0..1. */
  public double recallAt(int k) {
    return mean(found(k));
  }

  /** Mean average precision at R, 0..1. */
  public double mapAtR() {
    return mean(averagePrecisionAtR);
  }

  /** Mean average precision, 0..1. */
  public double map() {
    return mean(averagePrecision);
  }

  /** Mean R-precision, 0..1. */
  public double meanRPrecision() {
    return mean(rPrecision);
  }

  /** Mean reciprocal rank, 0..1. */
  public double meanReciprocalRank() {
    return mean(reciprocalRank());
  }

  /** Over those that are not NaN. */
  static double mean(double[] values) {
    return Arrays.stream(values).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
  }
}

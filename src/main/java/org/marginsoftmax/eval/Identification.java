package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Open-set identification: queries are searched among enrolled identities, of which each is the
 * centroid of its samples (the mean of their l2-normalised embeddings, normalised again). A query
 * whose class is enrolled is mated, another is not. Figures are those of ISO/IEC 19795-1 and of
 * IJB-C (Maze 2018). Of equal cosines, those of other identities come first.
 *
 * @param rank of the query's own identity, from 1; 0 for queries that are not mated, [n]
 * @param own cosine of a mated query with its identity; NaN for others, [n]
 * @param best the largest cosine with any identity, [n]
 */
public record Identification(int[] rank, float[] own, float[] best) {
  /**
   * Searches queries among the classes of a gallery. Classes whose samples cancel out, or are zero
   * vectors, are enrolled as zero vectors, with a cosine of 0 to everything.
   *
   * @param gallery labels are those of queries of the same class
   * @throws InvalidInputException if the sizes of the embeddings differ
   */
  public static Identification of(Embeddings queries, Embeddings gallery) {
    if (queries.dimension() != gallery.dimension()) {
      throw new InvalidInputException(
          "gallery: expected embeddings of size %d, found %d; compute both by one network"
              .formatted(queries.dimension(), gallery.dimension()));
    }
    int[] enrolled = Arrays.stream(gallery.labels()).distinct().sorted().toArray();
    float[][] identities = Compactness.classMeans(gallery.renumbered());
    int n = queries.size();
    Identification found = new Identification(new int[n], new float[n], new float[n]);
    new Similarities(identities)
        .forEach(
            queries.vectors(),
            (q, row) -> {
              int own = Arrays.binarySearch(enrolled, queries.labels()[q]);
              found.best[q] = row[Similarities.largest(row, -1)];
              found.own[q] = own < 0 ? Float.NaN : row[own];
              found.rank[q] =
                  own < 0
                      ? 0
                      : (int)
                          IntStream.range(0, row.length).filter(i -> row[i] >= row[own]).count();
            });
    return found;
  }

  /** Number of queries whose class is enrolled. */
  public int mated() {
    return (int) Arrays.stream(rank).filter(r -> r > 0).count();
  }

  /** Number of queries whose class is not enrolled. */
  public int nonMated() {
    return rank.length - mated();
  }

  /** Share of mated queries whose identity is among the first k; NaN without mated ones. */
  public double rankAt(int k) {
    return Retrieval.mean(within(k));
  }

  /** Whether a mated query's identity is among the first k, 1 or 0; NaN for those not mated. */
  double[] within(int k) {
    return Arrays.stream(rank).mapToDouble(r -> r == 0 ? Double.NaN : r <= k ? 1 : 0).toArray();
  }

  /**
   * An operating point: a query is identified as the nearest identity if their cosine is at least
   * the threshold.
   *
   * @param threshold a cosine; above 1, so that no query is identified, if even a threshold of 1
   *     would identify too many that are not mated
   * @param tpir true positive identification rate: share of mated queries identified as their own
   *     identity, which is 1 - FNIR
   * @param fpir false positive identification rate: share of non-mated queries identified as
   *     anyone, at most the target
   */
  public record Point(double threshold, double tpir, double fpir) {}

  /**
   * The operating point with the largest TPIR whose FPIR does not exceed the target. Queries of
   * equal cosine are identified or rejected together.
   *
   * @param target FPIR, above 0, below 1
   * @throws InvalidInputException if the target is out of range, or all queries are mated, or none
   */
  public Point atFpir(double target) {
    if (!(target > 0 && target < 1) || mated() == 0 || nonMated() == 0) {
      throw new InvalidInputException(
          "FPIR: expected above 0, below 1, of mated and of other queries, found %s of %d and %d; 1e-2 is usual"
              .formatted(target, mated(), nonMated()));
    }
    float[] others = new float[nonMated()];
    int count = 0;
    for (int q = 0; q < rank.length; q++) {
      if (rank[q] == 0) {
        others[count++] = best[q];
      }
    }
    Arrays.sort(others);
    int allowed = (int) Verification.allowed(target, count);
    // The highest that must be rejected, and what equals it.
    float threshold = Math.nextUp(others[count - 1 - allowed]);
    return new Point(
        threshold,
        (double)
                IntStream.range(0, rank.length)
                    .filter(q -> rank[q] == 1 && own[q] >= threshold)
                    .count()
            / mated(),
        (double) IntStream.range(0, count).filter(i -> others[i] >= threshold).count() / count);
  }

  /** Whether there are so many non-mated queries that one of them may be identified. */
  public boolean shows(double fpir) {
    return nonMated() >= Verification.impostorsFor(fpir);
  }

  /**
   * The TPIR at an FPIR on each replicate, whose classes count as often as they were drawn; who is
   * enrolled stays the same.
   *
   * @param units of the queries
   */
  Replicates tpirAtFpir(double fpir, Units units) {
    float[] cosines = new float[rank.length];
    for (int q = 0; q < cosines.length; q++) {
      // Who is taken for another is never identified, so comes after all who may be.
      cosines[q] = rank[q] == 0 ? best[q] : rank[q] == 1 ? own[q] : Float.NEGATIVE_INFINITY;
    }
    int[] order = SortedPairs.order(cosines);
    float[] sorted = new float[order.length];
    IntStream.range(0, order.length).forEach(i -> sorted[i] = cosines[order[i]]);
    double[] values =
        Arrays.stream(units.weights())
            .parallel()
            .mapToDouble(
                drawn -> {
                  double[] mated = new double[order.length];
                  double[] others = new double[order.length];
                  for (int i = 0; i < order.length; i++) {
                    (rank[order[i]] == 0 ? others : mated)[i] = drawn[units.of()[order[i]]];
                  }
                  return new SortedPairs(sorted, null, mated, others).curve().tarAtFar(fpir);
                })
            .toArray();
    return new Replicates(values, units.count());
  }
}

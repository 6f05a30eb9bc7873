package org.marginsoftmax.eval;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/** The figures of retrieval, of queries that are searched in one way. */
record RetrievalFigures(
    Figure recallAt1,
    Figure recallAt5,
    Figure recallAt10,
    Figure rPrecision,
    Figure mapAtR,
    Figure map,
    Figure meanReciprocalRank) {
  /** Of samples searched among each other. */
  static final RetrievalFigures OF_SAMPLES =
      new RetrievalFigures(
          Figure.RECALL_AT_1,
          Figure.RECALL_AT_5,
          Figure.RECALL_AT_10,
          Figure.R_PRECISION,
          Figure.MAP_AT_R,
          Figure.MEAN_AVERAGE_PRECISION,
          Figure.MEAN_RECIPROCAL_RANK);

  /** Of queries searched in a gallery apart from them. */
  static final RetrievalFigures OF_GALLERY =
      new RetrievalFigures(
          Figure.GALLERY_RECALL_AT_1,
          Figure.GALLERY_RECALL_AT_5,
          Figure.GALLERY_RECALL_AT_10,
          Figure.GALLERY_R_PRECISION,
          Figure.GALLERY_MAP_AT_R,
          Figure.GALLERY_MEAN_AVERAGE_PRECISION,
          Figure.GALLERY_MEAN_RECIPROCAL_RANK);

  /**
   * Adds the figures to a list.
   *
   * @param found of the samples that the list is of; empty if they are undefined
   * @param distractors what others in the gallery cost, if it is drawn too; empty if it stays
   * @param searched where, in words
   */
  void add(
      MetricList metrics,
      Optional<Retrieval> found,
      Optional<Distractors> distractors,
      String searched) {
    String queries = found.map(Retrieval::queries).orElse(0) + " queries, " + searched;
    for (int k : new int[] {1, 5, 10}) {
      metrics.add(
          k == 1 ? recallAt1 : k == 5 ? recallAt5 : recallAt10,
          value(found.map(f -> f.recallAt(k))),
          replicates(
              found,
              f -> distractors.map(d -> d.recall(f, k)).orElse(metrics.units().mean(f.found(k)))),
          "share of "
              + queries
              + (k == 1
                  ? ", whose nearest is of their class"
                  : ", with one of their class among the nearest " + k));
    }
    String r = "; R is the number of others of the query's class";
    metrics.mean(
        rPrecision,
        found.map(Retrieval::rPrecision),
        "mean share of the R nearest that are of the query's class, of " + queries + r);
    metrics.mean(
        mapAtR,
        found.map(Retrieval::averagePrecisionAtR),
        "mean average precision at R (Musgrave 2020) of " + queries + r);
    metrics.mean(
        map,
        found.map(Retrieval::averagePrecision),
        "mean over " + queries + ", of the mean precision at the ranks of all others of its class");
    metrics.add(
        meanReciprocalRank,
        value(found.map(Retrieval::meanReciprocalRank)),
        replicates(
            found,
            f ->
                distractors
                    .map(d -> d.reciprocalRank(f))
                    .orElse(metrics.units().mean(f.reciprocalRank()))),
        "mean of 1 / the rank of the first of the query's class, of " + queries);
  }

  private static OptionalDouble value(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  private static Replicates replicates(
      Optional<Retrieval> found, Function<Retrieval, Replicates> of) {
    return found.map(of).orElse(Replicates.NONE);
  }
}

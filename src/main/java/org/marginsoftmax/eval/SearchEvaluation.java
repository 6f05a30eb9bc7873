package org.marginsoftmax.eval;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Queries searched in a gallery apart from them: retrieval of its samples, and open-set
 * identification among its classes. Intervals are from a bootstrap over the classes of the queries;
 * the gallery stays the same.
 */
public final class SearchEvaluation {
  private static final List<Figure> TPIR =
      List.of(Figure.TPIR_AT_FPIR_1E_1, Figure.TPIR_AT_FPIR_1E_2, Figure.TPIR_AT_FPIR_1E_3);

  private SearchEvaluation() {}

  /**
   * Evaluates queries.
   *
   * @param gallery labels are those of queries of the same class
   */
  public static Evaluation of(Embeddings queries, Embeddings gallery, Protocol protocol) {
    boolean directed = queries.zeros() < queries.size() && gallery.zeros() < gallery.size();
    MetricList metrics = new MetricList(queries.labels(), protocol);
    RetrievalFigures.OF_GALLERY.add(
        metrics,
        directed ? Retrieval.of(queries, gallery) : Optional.empty(),
        Optional.empty(),
        "each by cosine among %d gallery samples apart from them%s"
            .formatted(gallery.size(), zeros(queries, gallery)));
    Optional<Identification> found =
        directed
            ? Optional.of(Identification.of(queries, gallery)).filter(i -> i.mated() > 0)
            : Optional.empty();
    identification(metrics, found, identities(gallery));
    return new Evaluation(metrics.all());
  }

  private static String zeros(Embeddings queries, Embeddings gallery) {
    int zeros = queries.zeros() + gallery.zeros();
    return zeros == 0 ? "" : " (" + zeros + " zero vectors, at 90 degrees to everything)";
  }

  private static String identities(Embeddings gallery) {
    float[][] means = Compactness.classMeans(gallery.renumbered());
    long none = List.of(means).stream().filter(Vectors::isZero).count();
    return "%d gallery identities%s, each the centroid of its samples, by cosine"
        .formatted(
            means.length,
            none == 0 ? "" : " (" + none + " without a direction, at 90 degrees to everything)");
  }

  private static void identification(
      MetricList metrics, Optional<Identification> found, String identities) {
    int mated = found.map(Identification::mated).orElse(0);
    int others = found.map(Identification::nonMated).orElse(0);
    for (int k : new int[] {1, 5}) {
      metrics.mean(
          k == 1 ? Figure.RANK_1 : Figure.RANK_5,
          found.map(i -> i.within(k)),
          "share of %d mated queries whose identity is %s of %s"
              .formatted(mated, k == 1 ? "the nearest" : "among the nearest 5", identities));
    }
    for (int k = 1; k <= TPIR.size(); k++) {
      double fpir = VerificationFigures.far(k - 1);
      Optional<Identification> shown = found.filter(i -> i.shows(fpir));
      Optional<Identification.Point> point = shown.map(i -> i.atFpir(fpir));
      metrics.add(
          TPIR.get(k - 1),
          point.map(p -> OptionalDouble.of(p.tpir())).orElse(OptionalDouble.empty()),
          point.map(p -> OptionalDouble.of(p.threshold())).orElse(OptionalDouble.empty()),
          shown.map(i -> i.tpirAtFpir(fpir, metrics.units())).orElse(Replicates.NONE),
          "share of %d mated queries identified as their own, nearest and from a threshold on, at which at most 1e-%d of %d non-mated queries are identified as anyone; %s"
              .formatted(mated, k, others, identities));
    }
  }
}

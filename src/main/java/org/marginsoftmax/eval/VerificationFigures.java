package org.marginsoftmax.eval;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The figures of verification, of pairs of one kind.
 *
 * @param tarAtFar at 1e-1, 1e-2 and so on
 */
record VerificationFigures(List<Figure> tarAtFar, Figure equalErrorRate, Figure areaUnderCurve) {
  /** Of all pairs of some samples. */
  static final VerificationFigures OF_ALL_PAIRS =
      new VerificationFigures(
          List.of(
              Figure.TAR_AT_FAR_1E_1,
              Figure.TAR_AT_FAR_1E_2,
              Figure.TAR_AT_FAR_1E_3,
              Figure.TAR_AT_FAR_1E_4,
              Figure.TAR_AT_FAR_1E_5,
              Figure.TAR_AT_FAR_1E_6),
          Figure.EQUAL_ERROR_RATE,
          Figure.AREA_UNDER_CURVE);

  /** Of the pairs of a list. */
  static final VerificationFigures OF_LIST =
      new VerificationFigures(
          List.of(
              Figure.LIST_TAR_AT_FAR_1E_1,
              Figure.LIST_TAR_AT_FAR_1E_2,
              Figure.LIST_TAR_AT_FAR_1E_3,
              Figure.LIST_TAR_AT_FAR_1E_4,
              Figure.LIST_TAR_AT_FAR_1E_5,
              Figure.LIST_TAR_AT_FAR_1E_6),
          Figure.LIST_EQUAL_ERROR_RATE,
          Figure.LIST_AREA_UNDER_CURVE);

  /** The FAR of the figure at an index. */
  static double far(int index) {
    return Double.parseDouble("1e-" + (index + 1));
  }

  /**
   * Adds the figures to a list.
   *
   * @param found empty if they are undefined
   * @param replicates empty for no intervals
   * @param pairs which they are, in words
   */
  void add(
      MetricList metrics,
      Optional<Verification> found,
      Optional<? extends VerificationReplicates> replicates,
      String pairs) {
    long genuine = found.map(Verification::genuinePairs).orElse(0L);
    long impostor = found.map(Verification::impostorPairs).orElse(0L);
    for (int k = 0; k < tarAtFar.size(); k++) {
      double far = far(k);
      metrics.at(
          tarAtFar.get(k),
          found.filter(v -> v.shows(far)).map(v -> v.atFar(far)),
          replicates.map(r -> r.tarAtFar(far)).orElse(Replicates.NONE),
          "largest share of %d genuine pairs accepted while at most 1e-%d of %d impostor pairs are, by cosine, %s"
              .formatted(genuine, k + 1, impostor, pairs));
    }
    metrics.add(
        equalErrorRate,
        found.map(v -> OptionalDouble.of(v.equalErrorRate())).orElse(OptionalDouble.empty()),
        replicates.map(VerificationReplicates::equalErrorRate).orElse(Replicates.NONE),
        "share of %d genuine pairs rejected where as large a share of %d impostor pairs is accepted, by cosine, %s"
            .formatted(genuine, impostor, pairs));
    metrics.add(
        areaUnderCurve,
        found.map(v -> OptionalDouble.of(v.areaUnderCurve())).orElse(OptionalDouble.empty()),
        replicates.map(VerificationReplicates::areaUnderCurve).orElse(Replicates.NONE),
        "share of (genuine, impostor) in which the genuine pair has the larger cosine, equal ones half, of %d genuine and %d impostor pairs, %s"
            .formatted(genuine, impostor, pairs));
  }
}

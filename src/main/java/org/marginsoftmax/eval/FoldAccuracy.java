package org.marginsoftmax.eval;

import java.util.List;
import java.util.Optional;

/**
 * Accuracy of verification by the protocol of Labeled Faces in the Wild (Huang 2007): the pairs of
 * each fold are judged by the threshold that is best for the pairs of all other folds.
 *
 * <p>A threshold is best if it judges most pairs right; of equally good ones the strictest is
 * taken, and of the cosines between the lowest that it accepts and the next lower one the middle.
 * Above all cosines it is the float after the highest, below all it is -1.
 *
 * @param mean of the folds' accuracies, 0..1
 * @param standardDeviation of the folds' accuracies, with n - 1 in its denominator
 * @param standardError of the mean: the deviation / sqrt(number of folds)
 * @param folds those that have pairs, at least two, by number
 */
public record FoldAccuracy(
    double mean, double standardDeviation, double standardError, List<Fold> folds) {
  /**
   * The pairs of a fold.
   *
   * @param fold its number
   * @param pairs how many it has
   * @param threshold the cosine from which they are accepted, from the other folds
   * @param accuracy share of them judged right
   */
  public record Fold(int fold, int pairs, double threshold, double accuracy) {}

  /**
   * Accuracy of pairs in folds.
   *
   * @return empty without folds, with pairs in less than two of them, or of one kind only
   */
  public static Optional<FoldAccuracy> of(ScoredPairs pairs) {
    if (pairs.folds() == null
        || pairs.cosines(true).length == 0
        || pairs.cosines(false).length == 0) {
      return Optional.empty();
    }
    List<Fold> folds =
        SortedPairs.of(pairs).judged().stream()
            .map(j -> new Fold(j.fold(), j.pairs(), j.threshold(), j.accuracy()))
            .toList();
    if (folds.size() < 2) {
      return Optional.empty();
    }
    double mean = folds.stream().mapToDouble(Fold::accuracy).average().getAsDouble();
    double squares = folds.stream().mapToDouble(f -> Math.pow(f.accuracy() - mean, 2)).sum();
    double deviation = Math.sqrt(squares / (folds.size() - 1));
    return Optional.of(
        new FoldAccuracy(mean, deviation, deviation / Math.sqrt(folds.size()), folds));
  }
}

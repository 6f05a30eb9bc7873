package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a figure has more than that of a baseline on the same samples.
 *
 * @param figure which
 * @param value in the figure's unit; empty if the figure is undefined in one of the two
 * @param interval of 95 %, from the differences on the same bootstrap replicates: what both have in
 *     common, such as classes that are hard for both, does not widen it; empty if there is none
 * @param verdict what the interval says
 */
public record Difference(
    Figure figure, OptionalDouble value, Optional<Interval> interval, Verdict verdict) {

  /**
   * The difference of a figure.
   *
   * @param one its value
   * @param replicates of it
   * @param other that of the baseline
   * @param otherReplicates on the same draws
   */
  static Difference of(
      Figure figure,
      OptionalDouble one,
      Replicates replicates,
      OptionalDouble other,
      Replicates otherReplicates) {
    if (one.isEmpty() || other.isEmpty()) {
      return new Difference(figure, OptionalDouble.empty(), Optional.empty(), Verdict.UNDEFINED);
    }
    double value = one.getAsDouble() - other.getAsDouble();
    Replicates differences = replicates.minus(otherReplicates);
    Optional<Interval> interval = differences.interval();
    boolean equal =
        value == 0 && Arrays.stream(differences.values()).allMatch(d -> d == 0 || Double.isNaN(d));
    return new Difference(
        figure,
        OptionalDouble.of(value),
        interval,
        equal ? Verdict.NO_DIFFERENCE_SHOWN : verdict(figure.better(), interval));
  }

  private static Verdict verdict(Figure.Better better, Optional<Interval> interval) {
    if (interval.isEmpty()) {
      return Verdict.NOT_JUDGED;
    }
    if (interval.get().low() <= 0 && interval.get().high() >= 0) {
      return Verdict.NO_DIFFERENCE_SHOWN;
    }
    boolean higher = interval.get().low() > 0;
    return switch (better) {
      case HIGHER -> higher ? Verdict.BETTER : Verdict.WORSE;
      case LOWER -> higher ? Verdict.WORSE : Verdict.BETTER;
      case NEITHER -> higher ? Verdict.HIGHER : Verdict.LOWER;
    };
  }
}

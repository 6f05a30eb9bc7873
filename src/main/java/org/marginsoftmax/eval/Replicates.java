package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A metric on bootstrap replicates of its samples.
 *
 * @param values one for each replicate, NaN where the metric is undefined; empty if there are none
 * @param units number of units that each replicate drew, at least 2 if there are values
 */
public record Replicates(double[] values, int units) {
  /** Of a metric that has none. */
  public static final Replicates NONE = new Replicates(new double[0], 0);

  private static final double OUTSIDE = 0.05;

  /** Share of the replicates on which the metric must be defined. */
  private static final double ENOUGH = 0.9;

  /**
   * The interval of 95 % by expanded percentiles (Hesterberg 2015, arXiv:1411.5279, section 4.3),
   * which allow for few units: the percentiles are those that make a t interval of a mean out of a
   * normal one, with its standard error divided by sqrt((units - 1) / units).
   *
   * @return empty if there are no replicates, if the metric is undefined on more than a tenth of
   *     them, or if it is the same on all, from which nothing can be told about its spread
   */
  public Optional<Interval> interval() {
    double[] defined = Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
    if (defined.length == 0
        || defined.length < ENOUGH * values.length
        || defined[0] == defined[defined.length - 1]) {
      return Optional.empty();
    }
    double t = TDistribution.of(units - 1).inverseCumulativeProbability(OUTSIDE / 2);
    double level =
        NormalDistribution.of(0, 1).cumulativeProbability(Math.sqrt(units / (units - 1.0)) * t);
    return Optional.of(new Interval(quantile(defined, level), quantile(defined, 1 - level)));
  }

  /** Replicate by replicate, what this has more than another, drawn in the same way. */
  Replicates minus(Replicates other) {
    double[] differences = new double[Math.min(values.length, other.values.length)];
    Arrays.setAll(differences, i -> values[i] - other.values[i]);
    return new Replicates(differences, units);
  }

  /** Between the two nearest of them, by the definition of Hyndman and Fan 1996, number 6. */
  private static double quantile(double[] ascending, double level) {
    double at = level * (ascending.length + 1) - 1;
    int below = (int) Math.max(0, Math.min(ascending.length - 1, Math.floor(at)));
    int above = Math.min(ascending.length - 1, below + 1);
    double share = Math.max(0, Math.min(1, at - below));
    return ascending[below] + share * (ascending[above] - ascending[below]);
  }
}

package org.marginsoftmax.eval;

import java.util.Optional;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;

/**
 * The value of a metric on one set of samples, and what was computed.
 *
 * @param figure which metric
 * @param value degrees for angles, otherwise a share or a coefficient; empty if undefined
 * @param threshold the cosine from which pairs are accepted; empty if the metric has none
 * @param interval of 95 % confidence, by a bootstrap over classes; empty if there is none
 * @param definition what was computed, over what, by which protocol; if undefined, what is missing
 */
public record Metric(
    Figure figure,
    OptionalDouble value,
    OptionalDouble threshold,
    Optional<Interval> interval,
    String definition) {
  /**
   * @throws InvalidInputException if the value is NaN or out of the metric's bounds
   */
  public Metric {
    Figure.Unit unit = figure.unit();
    if (value.isPresent()
        && !(value.getAsDouble() >= unit.lowest() && value.getAsDouble() <= unit.highest())) {
      throw new InvalidInputException(
          "%s: expected %s..%s, found %s; leave a figure that is undefined empty"
              .formatted(figure.key(), unit.lowest(), unit.highest(), value.getAsDouble()));
    }
  }

  /** A metric without a threshold or an interval. */
  public Metric(Figure figure, OptionalDouble value, String definition) {
    this(figure, value, OptionalDouble.empty(), Optional.empty(), definition);
  }

  /** The name of the metric in {@code metrics.json}. */
  public String name() {
    return figure.key();
  }
}

package org.marginsoftmax.eval;

import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;

/**
 * The value of a metric on one set of samples, and what was computed.
 *
 * @param figure which metric
 * @param value degrees for angles, otherwise a share or a coefficient; empty if undefined
 * @param definition what was computed, over what, by which protocol; if undefined, what is missing
 */
public record Metric(Figure figure, OptionalDouble value, String definition) {
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

  /** The name of the metric in {@code metrics.json}. */
  public String name() {
    return figure.key();
  }
}

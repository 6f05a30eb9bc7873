package org.marginsoftmax.eval;

import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;

/**
 * A figure with its value and what it means.
 *
 * @param figure which one
 * @param value degrees for angles, otherwise a share or a coefficient; empty where it is undefined
 * @param definition what was computed, over what, by which protocol; where the figure is undefined,
 *     why
 */
public record Metric(Figure figure, OptionalDouble value, String definition) {
  /**
   * @throws InvalidInputException if the value is NaN or out of the figure's bounds
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

  /** Its name in {@code metrics.json}. */
  public String name() {
    return figure.key();
  }
}

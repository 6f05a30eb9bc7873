package org.marginsoftmax.margin;

/**
 * The range of the margins m of a batch, in the unit of the margin.
 *
 * @param smallest smallest m
 * @param largest largest m
 */
public record MarginRange(double smallest, double largest) {
  /** Refuses margins that are not in 0..most. */
  void requireUpTo(double most, String expected) {
    TargetLogits.require(smallest >= 0, expected, smallest);
    TargetLogits.require(largest <= most, expected, largest);
  }
}

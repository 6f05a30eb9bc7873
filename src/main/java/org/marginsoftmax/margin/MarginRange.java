package org.marginsoftmax.margin;

/**
 * What the margins of samples may be, in the unit of their margin.
 *
 * @param smallest of them
 * @param largest of them
 */
public record MarginRange(double smallest, double largest) {
  /** Refuses margins that are not in 0..most. */
  void requireUpTo(double most, String expected) {
    TargetLogits.require(smallest >= 0, expected, smallest);
    TargetLogits.require(largest <= most, expected, largest);
  }
}

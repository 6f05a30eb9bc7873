package org.marginsoftmax.head;

import java.math.BigDecimal;
import org.marginsoftmax.InvalidInputException;

/**
 * Numbers that an option may have.
 *
 * @param least the least of them
 * @param above whether they begin above it
 * @param most the largest of them
 * @param below whether they end below it
 */
public record Range(double least, boolean above, double most, boolean below) {
  /**
   * @throws InvalidInputException if there is no number between the two
   */
  public Range {
    if (!(least < most)) {
      throw new InvalidInputException(
          "range: expected a least number below the largest, found " + least + ".." + most);
    }
  }

  /** Both ends included. */
  public static Range of(double least, double most) {
    return new Range(least, false, most, false);
  }

  /** From the first up to below the second. */
  public static Range below(double least, double most) {
    return new Range(least, false, most, true);
  }

  /** Above the first, up to the second. */
  public static Range above(double least, double most) {
    return new Range(least, true, most, false);
  }

  /** Whether a number lies in it; NaN never does. */
  public boolean contains(double value) {
    return (above ? value > least : value >= least) && (below ? value < most : value <= most);
  }

  /** Such as {@code 0..2} or {@code 0 up to below pi}. */
  @Override
  public String toString() {
    if (!above && !below) {
      return text(least) + ".." + text(most);
    }
    return (above ? "above " : "")
        + text(least)
        + (above ? ", up to " : " up to ")
        + (below ? "below " : "")
        + text(most);
  }

  private static String text(double value) {
    return value == Math.PI
        ? "pi"
        : new BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString();
  }
}

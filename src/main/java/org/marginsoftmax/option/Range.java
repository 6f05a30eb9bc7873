package org.marginsoftmax.option;

import java.math.BigDecimal;
import org.marginsoftmax.InvalidInputException;

/**
 * The range of numbers that an option allows.
 *
 * @param least lower end
 * @param above whether the lower end is excluded
 * @param most upper end
 * @param below whether the upper end is excluded
 */
public record Range(double least, boolean above, double most, boolean below) {
  /**
   * @throws InvalidInputException if {@code least} is not below {@code most}
   */
  public Range {
    if (!(least < most)) {
      throw new InvalidInputException(
          "range: expected a least number below the largest, found " + least + ".." + most);
    }
  }

  /** The range from {@code least} to {@code most}, both included. */
  public static Range of(double least, double most) {
    return new Range(least, false, most, false);
  }

  /** The range from {@code least}, included, up to {@code most}, excluded. */
  public static Range below(double least, double most) {
    return new Range(least, false, most, true);
  }

  /** The range from {@code least}, excluded, up to {@code most}, included. */
  public static Range above(double least, double most) {
    return new Range(least, true, most, false);
  }

  /** Whether a number lies in this range; NaN never does. */
  public boolean contains(double value) {
    return (above ? value > least : value >= least) && (below ? value < most : value <= most);
  }

  /** The range in words, such as {@code 0..2} or {@code 0 up to below pi}. */
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

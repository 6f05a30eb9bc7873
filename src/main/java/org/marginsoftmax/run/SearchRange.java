package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.math.MathContext;
import org.marginsoftmax.InvalidInputException;

/**
 * Numbers that a random search draws from, both ends included (Bergstra and Bengio 2012).
 *
 * @param low the smallest
 * @param high the largest, above it
 * @param log whether the logarithm is uniform, as suits learning rates; otherwise the number itself
 *     is. Then {@code low} is above 0
 */
public record SearchRange(
    @JsonProperty(required = true) double low,
    @JsonProperty(required = true) double high,
    boolean log) {
  private static final MathContext DIGITS = new MathContext(4);

  /**
   * @throws InvalidInputException if the ends are not finite or not in order, or a logarithmic
   *     range begins at 0 or below
   */
  public SearchRange {
    AllowedValues.require(
        Double.isFinite(low) && Double.isFinite(high) && low < high,
        "range",
        "two numbers, the smaller first",
        low + ".." + high,
        "write it as 0..0.5");
    AllowedValues.require(
        !log || low > 0,
        "range",
        "a range above 0 to be logarithmic",
        low + ".." + high,
        "begin above 0, or leave :log out");
  }

  /**
   * The number at a share of the range. Numbers have four significant digits, which tells runs
   * apart and can be read.
   *
   * @param share 0..1, 1 excluded, uniform for a draw
   * @param whole whether it is a whole number; each is as likely, or likely by its logarithm
   */
  Number at(double share, boolean whole) {
    if (whole) {
      double number = Math.floor(between(Math.ceil(low), Math.floor(high) + 1, share));
      return (long) Math.min(number, Math.floor(high));
    }
    double number = between(low, high, share);
    double rounded = new BigDecimal(number).round(DIGITS).doubleValue();
    return Math.max(low, Math.min(high, rounded));
  }

  private double between(double from, double to, double share) {
    return log
        ? Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from)))
        : from + share * (to - from);
  }

  @Override
  public String toString() {
    return low + ".." + high + (log ? ":log" : "");
  }
}

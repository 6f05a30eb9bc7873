package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * An axis of a chart.
 *
 * @param title what it shows, with its unit
 * @param low the value at its beginning
 * @param high the value at its end, more than low
 * @param scale makes equal distances of values
 * @param ticks values that are marked, ascending
 */
record Axis(String title, double low, double high, DoubleUnaryOperator scale, List<Tick> ticks) {
  private static final int MOST_TICKS = 6;
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  /** Shares marked on a probit axis, the usual ones of DET curves. */
  private static final double[] SHARES = {
    1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99
  };

  record Tick(double value, String label) {}

  /** An axis of equal steps, with ticks at round values. */
  static Axis linear(String title, double low, double high) {
    double from = low;
    double to = high > low ? high : low + 1;
    double step = Math.pow(10, Math.floor(Math.log10((to - from) / MOST_TICKS)));
    while ((to - from) / step > MOST_TICKS) {
      // 1, 2, 5, 10.
      double lead = Math.round(step / Math.pow(10, Math.floor(Math.log10(step * 1.0001))));
      step *= lead == 2 ? 2.5 : 2;
    }
    List<Tick> ticks = new ArrayList<>();
    for (long k = (long) Math.ceil(from / step - 1e-9); k * step <= to + 1e-9 * step; k++) {
      ticks.add(new Tick(k * step, number(k * step, step)));
    }
    return new Axis(title, from, to, v -> v, ticks);
  }

  /** An axis of powers of ten; low must be above 0. */
  static Axis log(String title, double low, double high) {
    double from = Math.log10(low);
    double to = Math.log10(high);
    int every = (int) Math.max(1, Math.ceil((to - from) / MOST_TICKS));
    List<Tick> ticks = new ArrayList<>();
    for (int k = (int) Math.ceil(from - 1e-9); k <= to + 1e-9; k++) {
      if (k % every == 0) {
        ticks.add(new Tick(Math.pow(10, k), k == 0 ? "1" : "1e" + k));
      }
    }
    return new Axis(title, low, high, Math::log10, ticks);
  }

  /**
   * An axis of shares on which normal deviates are equally spaced, so that the errors of normal
   * scores lie on a line (Martin 1997); low must be above 0, high below 1.
   */
  static Axis probit(String title, double low, double high) {
    List<Tick> ticks = new ArrayList<>();
    for (double share : SHARES) {
      if (share >= low * 0.999 && share <= high * 1.001) {
        ticks.add(
            new Tick(
                share,
                share < 0.01
                    ? "1e-" + Math.round(-Math.log10(share))
                    : Math.round(100 * share) + "\u00a0%"));
      }
    }
    return new Axis(title, low, high, NORMAL::inverseCumulativeProbability, ticks);
  }

  /** Where a value is, 0..1; at an end of the axis if it is beyond. */
  double at(double value) {
    double from = scale.applyAsDouble(low);
    double to = scale.applyAsDouble(high);
    double clamped = Math.max(low, Math.min(high, value));
    return (scale.applyAsDouble(clamped) - from) / (to - from);
  }

  private static String number(double value, double step) {
    int digits = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
    // Not -0.
    return String.format(Locale.ROOT, "%,." + digits + "f", value + 0.0);
  }
}

package org.marginsoftmax.run;

import java.util.Locale;

/** Says how long a sweep will take, from the runs that it has trained. */
final class SweepClock {
  private long nanos;
  private int runs;
  private long begun;

  void begin() {
    begun = System.nanoTime();
  }

  void end() {
    nanos += System.nanoTime() - begun;
    runs++;
  }

  /**
   * Such as {@code ; about 0:12:30 left of the sweep}; empty before the first run has ended.
   *
   * @param left number of runs still to be trained
   */
  String left(long left) {
    if (runs == 0) {
      return "";
    }
    long seconds = Math.round(1e-9 * nanos / runs * left);
    return String.format(
        Locale.ROOT,
        "; about %d:%02d:%02d left of the sweep",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60);
  }
}

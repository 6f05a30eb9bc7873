package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.IntConsumer;

/** Decides when a line of progress is due: after five seconds and then every ten. */
final class ProgressLines {
  private static final long NANOS = 10_000_000_000L;

  private final long start = System.nanoTime();
  private long said = start - NANOS / 2;

  /** Whether a line is due; the caller then prints it. */
  boolean isDue() {
    long now = System.nanoTime();
    if (now - said <= NANOS) {
      return false;
    }
    said = now;
    return true;
  }

  /** Prints, whenever a line is due, how many of all are done, how fast, and the time left. */
  static IntConsumer lines(String what, int all, PrintStream progress) {
    ProgressLines lines = new ProgressLines();
    return done -> {
      if (lines.isDue()) {
        double seconds = (lines.said - lines.start) / 1e9;
        long left = Math.round(seconds / done * (all - done));
        progress.printf(
            Locale.ROOT,
            "%s %,d of %,d, %.0f/s, %d:%02d left%n",
            what,
            done,
            all,
            done / seconds,
            left / 60,
            left % 60);
      }
    };
  }
}

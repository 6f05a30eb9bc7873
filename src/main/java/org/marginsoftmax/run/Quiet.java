package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.IntConsumer;

/** How long nothing has been said of work that goes on: a line is due every ten seconds. */
final class Quiet {
  private static final long NANOS = 10_000_000_000L;

  private long said = System.nanoTime();

  /** Whether a line is due, which the caller then says. */
  boolean isOver() {
    long now = System.nanoTime();
    if (now - said <= NANOS) {
      return false;
    }
    said = now;
    return true;
  }

  /** Says how many of all are done, where a line is due. */
  static IntConsumer lines(String what, int all, PrintStream progress) {
    Quiet quiet = new Quiet();
    return done -> {
      if (quiet.isOver()) {
        progress.printf(Locale.ROOT, "%s %,d of %,d%n", what, done, all);
      }
    };
  }
}

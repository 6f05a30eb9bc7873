package org.marginsoftmax.run;

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
}

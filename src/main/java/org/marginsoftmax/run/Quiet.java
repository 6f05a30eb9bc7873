package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

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

  /** Says every five seconds how long work of one piece has gone on. */
  static <T> T during(String what, PrintStream progress, Supplier<T> work) {
    long start = System.nanoTime();
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    clock.scheduleAtFixedRate(
        () ->
            progress.printf(
                Locale.ROOT, "%s, %.0f s so far%n", what, (System.nanoTime() - start) / 1e9),
        5,
        5,
        TimeUnit.SECONDS);
    try {
      return work.get();
    } finally {
      clock.shutdownNow();
    }
  }

  /** Says how many of all are done, how fast and how long it takes, where a line is due. */
  static IntConsumer lines(String what, int all, PrintStream progress) {
    Quiet quiet = new Quiet();
    long start = quiet.said;
    return done -> {
      if (quiet.isOver()) {
        double seconds = (quiet.said - start) / 1e9;
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

package org.marginsoftmax.spark;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Says every ten seconds how many images are done, how fast, and how long the others take. */
final class Progress implements AutoCloseable {
  private static final int EVERY = 10;

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "progress");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Begins.
   *
   * @param before images that were done before
   * @param all images of the job
   * @param done images done since
   */
  Progress(long before, long all, LongSupplier done, PrintStream out) {
    long start = System.nanoTime();
    clock.scheduleAtFixedRate(
        () -> {
          long now = done.getAsLong();
          double seconds = (System.nanoTime() - start) / 1e9;
          if (now > 0) {
            out.println(line(before, all, now, seconds));
          }
        },
        EVERY,
        EVERY,
        TimeUnit.SECONDS);
  }

  static String line(long before, long all, long done, double seconds) {
    long left = Math.round(seconds / done * (all - before - done));
    return String.format(
        Locale.ROOT,
        "embedded %,d of %,d, %.0f/s, %d:%02d left",
        before + done,
        all,
        done / seconds,
        left / 60,
        left % 60);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}

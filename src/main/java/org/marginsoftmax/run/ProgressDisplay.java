package org.marginsoftmax.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.marginsoftmax.eval.Progress;

/**
 * Shows the progress of work: a bar on a terminal, removed when the work is done, or a line every
 * few seconds elsewhere.
 *
 * <p>It does not use the progress-bar library of training, because the sizes of the stages become
 * known one after the other and nothing is reported between stages.
 */
final class ProgressDisplay implements Progress {
  private static final int BAR = 30;

  private final String what;
  private final PrintStream out;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private volatile Stage stage;

  private record Stage(String name, int all, AtomicInteger done, long start) {}

  private ProgressDisplay(String what, PrintStream out, boolean terminal) {
    this.what = what;
    this.out = out;
    this.terminal = terminal;
  }

  /**
   * Runs the work and shows its progress, five times a second on a terminal, every five seconds
   * elsewhere.
   */
  static <T> T work(String what, PrintStream out, Function<Progress, T> work) {
    boolean terminal = System.console() != null;
    return work(what, out, terminal, Duration.ofMillis(terminal ? 200 : 5000), work);
  }

  /**
   * Runs the work and shows its progress.
   *
   * @param what the work is, in words
   * @param every interval between lines, or updates of the bar
   */
  static <T> T work(
      String what, PrintStream out, boolean terminal, Duration every, Function<Progress, T> work) {
    ProgressDisplay watched = new ProgressDisplay(what, out, terminal);
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    clock.scheduleAtFixedRate(
        watched::say, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return work.apply(watched);
    } finally {
      clock.shutdownNow();
      watched.clear();
    }
  }

  @Override
  public IntConsumer begin(String name, int all) {
    Stage begun = new Stage(name, all, new AtomicInteger(), System.nanoTime());
    stage = begun;
    return begun.done::addAndGet;
  }

  private synchronized void say() {
    long now = System.nanoTime();
    Stage current = stage;
    int done = current == null ? 0 : current.done.get();
    // What comes after a stage, sorting for one, is not counted.
    boolean counted = done > 0 && done < current.all;
    double share = counted ? (double) done / current.all : 0;
    String line =
        counted
            ? String.format(
                Locale.ROOT,
                "%s: %s %.0f %%%s, %s left",
                what,
                current.name,
                100 * share,
                terminal ? bar(share) : "",
                clock((now - current.start) / 1e9 / share * (1 - share)))
            : String.format(Locale.ROOT, "%s, %.0f s so far", what, (now - start) / 1e9);
    if (terminal) {
      out.print("\r" + line + "\u001b[K");
      out.flush();
    } else {
      out.println(line);
    }
  }

  private synchronized void clear() {
    if (terminal) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }

  private static String bar(double share) {
    int full = (int) (BAR * share);
    return " [" + "=".repeat(full) + " ".repeat(BAR - full) + "]";
  }

  private static String clock(double seconds) {
    long s = Math.round(seconds);
    return "%d:%02d".formatted(s / 60, s % 60);
  }
}

package org.marginsoftmax.source;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Tells every five seconds how far a count has come, at which rate, and how long it will take. */
final class Pace {
  private static final long EVERY = 5_000_000_000L;

  private final String done;
  private final String what;
  private final long all;
  private final Consumer<String> progress;
  private final long start = System.nanoTime();
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong next = new AtomicLong(start + EVERY);

  /**
   * @param done what is done, such as {@code read}
   * @param what is counted, such as {@code images}
   * @param all how many there are; 0 if that is not known
   */
  Pace(String done, String what, long all, Consumer<String> progress) {
    this.done = done;
    this.what = what;
    this.all = all;
    this.progress = progress;
  }

  /** Counts one more. */
  void tick() {
    long counted = count.incrementAndGet();
    long now = System.nanoTime();
    long due = next.get();
    if (now - due >= 0 && next.compareAndSet(due, now + EVERY)) {
      progress.accept(said(counted, (now - start) / 1e9));
    }
  }

  private String said(long counted, double seconds) {
    double rate = counted / seconds;
    String line =
        all == 0
            ? String.format(Locale.ROOT, "%s %,d %s", done, counted, what)
            : String.format(Locale.ROOT, "%s %,d of %,d %s", done, counted, all, what);
    line += String.format(Locale.ROOT, ", %,.0f a second", rate);
    long left = Math.round((all - counted) / rate);
    return all == 0 ? line : line + ", %d:%02d left".formatted(left / 60, left % 60);
  }
}

package org.marginsoftmax.data;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Processes rows in pieces, two pieces at a time: while one waits for the slowest thread of an
 * operation, or is copied, the other computes. docs/serving.md has measurements.
 */
public final class Pieces {
  /** Number of pieces processed at a time. */
  public static final int AT_ONCE = 2;

  private Pieces() {}

  /** The work done on rows {@code from..to-1}; called from two threads. */
  public interface Work {
    /** Processes rows {@code from..to-1}. */
    void run(int from, int to);
  }

  /**
   * Processes all rows and waits until they are done. If a piece fails, no further piece is
   * started, and the failure is thrown once the running pieces have ended.
   *
   * @param rows number of rows, 0 or more
   * @param size rows per piece, 1 or more; the last piece may be smaller
   */
  public static void each(int rows, int size, Work work) {
    AtomicLong next = new AtomicLong();
    Runnable lane =
        () -> {
          for (long from = next.getAndAdd(size); from < rows; from = next.getAndAdd(size)) {
            try {
              work.run((int) from, (int) Math.min(rows, from + size));
            } catch (RuntimeException | Error e) {
              next.set(rows);
              throw e;
            }
          }
        };
    if (rows <= size) {
      lane.run();
      return;
    }
    CompletableFuture<Void> second =
        CompletableFuture.runAsync(lane, run -> new Thread(run, "pieces").start());
    try {
      lane.run();
    } finally {
      second.handle((done, failure) -> done).join();
    }
    try {
      second.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }
}

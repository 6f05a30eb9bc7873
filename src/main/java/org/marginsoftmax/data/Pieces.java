package org.marginsoftmax.data;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Rows in pieces, two pieces at once: while one waits for the slowest thread of an operation, or is
 * copied, the other computes. Measured in docs/serving.md.
 */
public final class Pieces {
  /** Pieces at once. */
  public static final int AT_ONCE = 2;

  private Pieces() {}

  /** What is done to rows {@code from..to-1}; called from two threads. */
  public interface Work {
    /** Does it. */
    void run(int from, int to);
  }

  /**
   * Returns when all is done, or one has failed and what had begun has ended. Then the failure is
   * thrown, and what had not begun is not done.
   *
   * @param rows 0 or more
   * @param size of a piece, the last one excepted, 1 or more
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

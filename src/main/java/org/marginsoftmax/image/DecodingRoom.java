package org.marginsoftmax.image;

import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * Keeps the images that are decoded at the same time to a quarter of Java's heap, however many
 * cores there are and however large the photographs: those that do not fit wait for their turn.
 */
final class DecodingRoom {
  private static final int UNIT = 1 << 20;
  private static final int UNITS =
      (int) Math.max(1, Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4 / UNIT));
  private static final Semaphore FREE = new Semaphore(UNITS, true);

  private DecodingRoom() {}

  interface Work<T> {
    T done() throws IOException;
  }

  /**
   * Does something while there is room for it.
   *
   * @param bytes of memory that it takes; more than there is room for is done alone
   */
  static <T> T in(long bytes, Work<T> work) throws IOException {
    int units = (int) Math.min(UNITS, 1 + bytes / UNIT);
    FREE.acquireUninterruptibly(units);
    try {
      return work.done();
    } finally {
      FREE.release(units);
    }
  }
}

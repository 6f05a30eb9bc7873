package org.marginsoftmax.data;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.Locale;
import org.marginsoftmax.InvalidInputException;

/** Refuses samples that Java's heap cannot hold, before they are read. */
final class HeapRoom {
  /** What else lives as long as the samples do. */
  private static final long OTHERS = 24L << 20;

  private static final long GIGABYTE = 1L << 30;

  private HeapRoom() {}

  /**
   * Refuses too many.
   *
   * @param what they are: images or arrays
   * @param bytes that they take, all parts together
   * @param found what they are, in words
   * @param where the folder or file
   * @param besides what helps besides a larger heap, as in ", or take less"; may be empty
   * @throws InvalidInputException if they do not fit
   */
  static void require(String what, long bytes, String found, Object where, String besides) {
    long room = Math.max(0, forData() - OTHERS);
    if (bytes > room) {
      // In digits that differ.
      boolean fine = room >> 20 == bytes >> 20;
      throw new InvalidInputException(
          what + " that fit into memory, " + size(room, fine),
          found + ", " + size(bytes, fine),
          where,
          "give Java more with MARGIN_SOFTMAX_JAVA=-Xmx" + enough(bytes) + "g" + besides);
    }
  }

  private static String size(long bytes, boolean fine) {
    return fine
        ? String.format(Locale.ROOT, "%,d bytes", bytes)
        : String.format(Locale.ROOT, "%,d MB", bytes >> 20);
  }

  /** Gigabytes of a heap that holds so much whatever collects its garbage. */
  private static long enough(long bytes) {
    return (bytes * 8 / 5 + OTHERS) / GIGABYTE + 1;
  }

  /** Of the heap what holds objects that live long: with the serial collector two thirds of it. */
  static long forData() {
    long largest =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .mapToLong(pool -> pool.getUsage().getMax())
            .max()
            .orElse(-1);
    return largest > 0 ? largest : Runtime.getRuntime().maxMemory();
  }
}

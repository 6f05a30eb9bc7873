package org.marginsoftmax.source;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.Locale;
import org.marginsoftmax.InvalidInputException;

/** Refuses samples that do not fit in the Java heap, before they are read. */
public final class HeapRoom {
  /** Bytes of other objects that live as long as the samples. */
  private static final long OTHERS = 24L << 20;

  private static final long GIGABYTE = 1L << 30;

  private HeapRoom() {}

  /**
   * Refuses samples that do not fit.
   *
   * @param what images or arrays
   * @param bytes bytes of all samples together
   * @param found number and kind of samples, in words
   * @param where the folder or file
   * @param besides another remedy than a larger heap, such as ", or take less"; may be empty
   * @throws InvalidInputException if they do not fit
   */
  public static void require(String what, long bytes, String found, Object where, String besides) {
    long room = free();
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

  /** Bytes that samples may take. */
  static long free() {
    return Math.max(0, forData() - OTHERS);
  }

  private static String size(long bytes, boolean fine) {
    return fine
        ? String.format(Locale.ROOT, "%,d bytes", bytes)
        : String.format(Locale.ROOT, "%,d MB", bytes >> 20);
  }

  /** Gigabytes of heap that hold this many bytes with any garbage collector. */
  private static long enough(long bytes) {
    return (bytes * 8 / 5 + OTHERS) / GIGABYTE + 1;
  }

  /**
   * Bytes of the heap available for long-lived objects; with the serial collector, two thirds of
   * it.
   */
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

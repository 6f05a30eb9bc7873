package org.marginsoftmax.pairs;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.marginsoftmax.data.Sha256;

/** Finds contents that are the same, to the byte. */
final class EqualContent {
  private EqualContent() {}

  /** Reads contents. */
  interface Reading {
    byte[] read(int index) throws IOException;
  }

  /**
   * For each content the first one that is the same, which may be itself. Only those whose size
   * another one has are read. One that cannot be read is like no other.
   *
   * @param size bytes of a content as it is stored
   */
  static int[] firsts(int count, IntToLongFunction size, Reading reading) {
    Map<Long, Integer> ofSize = new HashMap<>();
    for (int i = 0; i < count; i++) {
      ofSize.merge(size.applyAsLong(i), 1, Integer::sum);
    }
    String[] hashes = new String[count];
    IntStream.range(0, count)
        .filter(i -> ofSize.get(size.applyAsLong(i)) > 1)
        .parallel()
        .forEach(i -> hashes[i] = hash(reading, i));
    Map<String, Integer> first = new HashMap<>();
    return IntStream.range(0, count)
        .map(i -> hashes[i] == null ? i : first.computeIfAbsent(hashes[i], hash -> i))
        .toArray();
  }

  private static String hash(Reading reading, int index) {
    try {
      MessageDigest digest = Sha256.digest();
      digest.update(reading.read(index));
      return Sha256.hex(digest);
    } catch (IOException e) {
      return null; // whoever decodes it says so
    }
  }
}

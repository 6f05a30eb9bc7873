package org.marginsoftmax.source;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.stream.IntStream;
import org.marginsoftmax.data.Sha256;

/** The stamps of all items of a source. */
final class Stamps {
  private final long[] high;
  private final long[] low;

  private Stamps(int size) {
    high = new long[size];
    low = new long[size];
  }

  static Stamps of(Source source) {
    Stamps stamps = new Stamps(source.listing().size());
    IntStream.range(0, stamps.high.length)
        .parallel()
        .forEach(
            item -> {
              Stamp stamp = Stamp.of(source.stamp(item));
              stamps.high[item] = stamp.high();
              stamps.low[item] = stamp.low();
            });
    return stamps;
  }

  int size() {
    return high.length;
  }

  Stamp get(int item) {
    return new Stamp(high[item], low[item]);
  }

  /** Those items that an index does not know. */
  int[] unknown(int[] items, CacheIndex index) {
    return IntStream.of(items).filter(item -> !index.knows(get(item))).toArray();
  }

  /** What stands for a sequence of items: SHA-256 of their stamps. */
  String hash(int[] items) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer stamp = ByteBuffer.allocate(2 * Long.BYTES);
    for (int item : items) {
      digest.update(stamp.clear().putLong(high[item]).putLong(low[item]).flip());
    }
    return Sha256.hex(digest);
  }

  /** Number of items of the source that an index has a slot for. */
  long known(CacheIndex index) {
    return IntStream.range(0, high.length).filter(i -> index.slot(get(i)) >= 0).count();
  }
}

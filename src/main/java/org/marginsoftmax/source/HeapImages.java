package org.marginsoftmax.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.marginsoftmax.data.Pixels;

/** Keeps decoded images in memory. */
final class HeapImages implements ImageStore {
  private final Decoder decoder;
  private final Pace pace;

  HeapImages(Decoder decoder, Pace pace) {
    this.decoder = decoder;
    this.pace = pace;
  }

  @Override
  public Decoded decode(int[] items) {
    byte[][] read = new byte[items.length][];
    SortedMap<Integer, Decoder.Failure> failures;
    try {
      failures = decoder.decode(items, pace, (index, pixels) -> read[index] = pixels);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int[] kept = IntStream.range(0, items.length).filter(i -> read[i] != null).toArray();
    List<byte[]> pixels = new ArrayList<>(kept.length);
    for (int i : kept) {
      pixels.add(read[i]);
    }
    SortedMap<Integer, String> byItem = new TreeMap<>();
    failures.forEach((index, failure) -> byItem.put(items[index], failure.why()));
    return new Decoded(
        IntStream.of(kept).map(i -> items[i]).toArray(),
        Pixels.each(decoder.shape(), pixels),
        byItem);
  }
}

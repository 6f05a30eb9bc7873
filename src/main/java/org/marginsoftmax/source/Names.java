package org.marginsoftmax.source;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.stream.IntStream;

/** Names of many samples, in as little memory as their UTF-8 bytes take. */
final class Names extends AbstractList<String> implements RandomAccess {
  private byte[] bytes = new byte[1 << 12];
  private int[] ends = new int[1 << 8];
  private int size;

  /** Whether all names are in composed form, so that the order of their bytes is their order. */
  private boolean composed = true;

  @Override
  public boolean add(String name) {
    byte[] added = name.getBytes(StandardCharsets.UTF_8);
    int start = size == 0 ? 0 : ends[size - 1];
    int end = Math.addExact(start, added.length);
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, larger(bytes.length, end));
    }
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, larger(ends.length, size + 1));
    }
    System.arraycopy(added, 0, bytes, start, added.length);
    ends[size++] = end;
    composed &= added.length == name.length() || Normalizer.isNormalized(name, Normalizer.Form.NFC);
    return true;
  }

  private static int larger(int length, int needed) {
    return (int) Math.max(needed, Math.min(Integer.MAX_VALUE - 8L, length + (length >> 1) + 16L));
  }

  @Override
  public String get(int index) {
    Objects.checkIndex(index, size);
    int start = start(index);
    return new String(bytes, start, ends[index] - start, StandardCharsets.UTF_8);
  }

  @Override
  public int size() {
    return size;
  }

  private int start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  /**
   * The order of two names: by code points, in composed form, because some systems store an accent
   * after its letter.
   */
  int compare(int i, int j) {
    return composed
        ? Arrays.compareUnsigned(bytes, start(i), ends[i], bytes, start(j), ends[j])
        : Arrays.compareUnsigned(composed(i), composed(j));
  }

  /** Two places with the same name, the earlier first; null if all names differ. */
  int[] firstTwice() {
    int[] sorted =
        IntStream.range(0, size).boxed().sorted(this::compare).mapToInt(i -> i).toArray();
    for (int i = 1; i < size; i++) {
      if (compare(sorted[i - 1], sorted[i]) == 0) {
        return new int[] {sorted[i - 1], sorted[i]};
      }
    }
    return null;
  }

  private byte[] composed(int index) {
    return composed(get(index)).getBytes(StandardCharsets.UTF_8);
  }

  /** A name in composed form. */
  static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }
}

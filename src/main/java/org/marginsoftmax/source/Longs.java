package org.marginsoftmax.source;

import java.util.Arrays;

/** An array of long integers that grows. */
final class Longs {
  private long[] values = new long[1 << 8];
  private int size;

  void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = value;
  }

  long get(int index) {
    return values[index];
  }
}

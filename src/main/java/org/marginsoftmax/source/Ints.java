package org.marginsoftmax.source;

import java.util.Arrays;

/** An array of integers that grows. */
final class Ints {
  private int[] values = new int[1 << 8];
  private int size;

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = value;
  }

  int get(int index) {
    return values[index];
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}

package org.marginsoftmax.source;

import java.util.Arrays;

/** An array of integers that grows. */
public final class Ints {
  private int[] values = new int[1 << 8];
  private int size;

  /** Adds a value at the end. */
  public void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = value;
  }

  /** The value at a place, which has to be one that was added. */
  public int get(int index) {
    return values[index];
  }

  /** Number of values added. */
  public int size() {
    return size;
  }

  /** All values, in a new array. */
  public int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}

package org.marginsoftmax.source;

import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/** Names for classes that have none: their numbers. Takes no memory, however many classes. */
final class NumberedNames extends AbstractList<String> implements RandomAccess {
  private final int size;

  NumberedNames(int size) {
    this.size = size;
  }

  @Override
  public String get(int index) {
    return Integer.toString(Objects.checkIndex(index, size));
  }

  @Override
  public int size() {
    return size;
  }
}

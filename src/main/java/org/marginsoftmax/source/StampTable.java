package org.marginsoftmax.source;

import java.io.IOException;
import java.util.Arrays;

/** Slots by stamp: a hash table with open addressing, 20 bytes an entry of a full table. */
final class StampTable {
  private long[] high = new long[1 << 10];
  private long[] low = new long[1 << 10];
  private int[] slots = new int[1 << 10];
  private int size;

  StampTable() {
    Arrays.fill(slots, -1);
  }

  interface Entry {
    void at(Stamp stamp, int slot) throws IOException;
  }

  int size() {
    return size;
  }

  /** The slot of a stamp; -1 if it has none. */
  int slot(Stamp stamp) {
    return slots[place(stamp.high(), stamp.low())];
  }

  /** Adds a stamp or gives it another slot. */
  void put(Stamp stamp, int slot) {
    if (2 * (size + 1) > slots.length) {
      grow();
    }
    int place = place(stamp.high(), stamp.low());
    size += slots[place] < 0 ? 1 : 0;
    high[place] = stamp.high();
    low[place] = stamp.low();
    slots[place] = slot;
  }

  void each(Entry entry) throws IOException {
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] >= 0) {
        entry.at(new Stamp(high[i], low[i]), slots[i]);
      }
    }
  }

  /** The place of a stamp, or the free one where it belongs. Stamps are hashes already. */
  private int place(long high, long low) {
    int mask = slots.length - 1;
    int place = (int) low & mask;
    while (slots[place] >= 0 && (this.high[place] != high || this.low[place] != low)) {
      place = place + 1 & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    int[] oldSlots = slots;
    high = new long[2 * oldSlots.length];
    low = new long[2 * oldSlots.length];
    slots = new int[2 * oldSlots.length];
    Arrays.fill(slots, -1);
    for (int i = 0; i < oldSlots.length; i++) {
      if (oldSlots[i] >= 0) {
        int place = place(oldHigh[i], oldLow[i]);
        high[place] = oldHigh[i];
        low[place] = oldLow[i];
        slots[place] = oldSlots[i];
      }
    }
  }
}

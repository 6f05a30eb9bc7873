package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TensorPoolTest {
  /** Enough, a sixteenth more at the most, and in few regions. */
  @Property
  void regionsFit(@ForAll @LongRange(min = 1 << 10, max = 1L << 45) long bytes) {
    long size = TensorPool.size(bytes);
    assertTrue(size >= bytes, size + " for " + bytes);
    assertTrue(size <= bytes + bytes / 16, size + " for " + bytes);
    assertTrue(Long.bitCount(size) <= 5, size + " for " + bytes);
  }

  /** A system without so many addresses leaves the pool to grow by itself. */
  @Test
  void reservingWhatThereIsNotIsNoError() {
    assertTrue(TensorPool.reserve(1L << 30));
    assertFalse(TensorPool.reserve(1L << 50));
    assertTrue(TensorPool.reserve(1L << 20));
  }
}

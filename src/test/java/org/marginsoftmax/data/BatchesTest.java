package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static final Samples SAMPLES = SplitTest.samples();
  private static final int[] ORDER = EpochOrder.shuffled(SAMPLES.size(), 3, 0);

  private static List<Batch> take(int first, boolean drop) {
    List<Batch> taken = new ArrayList<>();
    try (Batches batches = new Batches(SAMPLES, ORDER, 10, first, drop)) {
      batches.forEachRemaining(taken::add);
      assertThrows(NoSuchElementException.class, batches::next);
    }
    return taken;
  }

  @Test
  void givesEachSampleOnceInOrder() {
    List<Batch> batches = take(0, false);
    assertEquals(15, batches.size());
    assertEquals(4, batches.get(14).size());
    int at = 0;
    for (Batch batch : batches) {
      for (int i = 0; i < batch.size(); i++, at++) {
        assertEquals((byte) ORDER[at], batch.elements()[i]);
        assertEquals(SAMPLES.label(ORDER[at]), batch.labels()[i]);
      }
    }
    assertEquals(144, at);
    assertEquals(14, take(0, true).size());
  }

  @Test
  void goesOnWhereAnotherStopped() {
    List<Batch> all = take(0, true);
    List<Batch> rest = take(9, true);
    assertEquals(5, rest.size());
    for (int i = 0; i < rest.size(); i++) {
      assertArrayEquals(all.get(9 + i).elements(), rest.get(i).elements());
    }
  }

  @Test
  void closesWhileItWaitsAndLeavesNoThread() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int i = 0; i < 200; i++) {
            try (Batches batches = new Batches(SAMPLES, ORDER, 1, 0, true)) {
              if (i % 2 == 0) {
                batches.next();
              }
            }
          }
        });
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(t -> t.isAlive() && t.getName().equals("margin-softmax-batches")));
  }

  @Test
  void tellsWhatWentWrong() {
    int[] wrong = IntStream.range(140, 150).toArray();
    try (Batches batches = new Batches(SAMPLES, wrong, 5, 0, true)) {
      assertThrows(IndexOutOfBoundsException.class, batches::next);
      assertFalse(batches.hasNext());
    }
  }
}

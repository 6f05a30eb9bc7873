package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
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

  /** Samples that take a while to read, some longer, one byte each; number 90 cannot be read. */
  private static Samples slow(boolean broken) {
    return new Samples() {
      @Override
      public int size() {
        return SAMPLES.size();
      }

      @Override
      public ElementSpec element() {
        return SAMPLES.element();
      }

      @Override
      public int label(int index) {
        return SAMPLES.label(index);
      }

      @Override
      public List<String> classNames() {
        return SAMPLES.classNames();
      }

      @Override
      public void copy(int index, byte[] target, int offset) {
        if (broken && index == 90) {
          throw new IllegalStateException("sample 90");
        }
        LockSupport.parkNanos(100_000 * (index % 5));
        SAMPLES.copy(index, target, offset);
      }

      @Override
      public String hash() {
        return SAMPLES.hash();
      }
    };
  }

  /** A byte of the draw, so that a sample drawn twice is changed in two ways. */
  private static final Augmenter MARKING =
      (elements, offset, draw) -> elements[offset] = (byte) (elements[offset] ^ draw >> 8);

  /** Every sample twice an epoch. */
  private static final Sampler TWICE =
      new Sampler() {
        @Override
        public int perEpoch() {
          return 288;
        }

        @Override
        public int[] order(long seed, int epoch, Neighbors neighbors) {
          return IntStream.of(EpochOrder.shuffled(288, seed, epoch)).map(i -> i % 144).toArray();
        }
      };

  private static byte[] bytes(Samples samples, int threads, int size, int epoch, int first) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Epochs epochs = new Epochs(samples, TWICE, MARKING, size, 3, threads);
    try (Batches batches = epochs.batches(epoch, first, null)) {
      batches.forEachRemaining(
          batch -> {
            all.writeBytes(batch.elements());
            for (int i = 0; i < batch.size(); i++) {
              all.write(batch.labels()[i]);
              all.write(batch.numbers()[i]);
            }
          });
    }
    return all.toByteArray();
  }

  @Test
  void threadsChangeNoByte() {
    for (int size : new int[] {1, 7, 288}) {
      byte[] one = bytes(SAMPLES, 1, size, 4, 0);
      for (int threads : new int[] {2, 3, 16}) {
        assertArrayEquals(one, bytes(slow(false), threads, size, 4, 0));
      }
      int half = 288 / size / 2;
      byte[] rest = bytes(slow(false), 5, size, 4, half);
      assertArrayEquals(Arrays.copyOfRange(one, one.length - rest.length, one.length), rest);
    }
  }

  /**
   * Another epoch, another seed or the second time in an epoch: another draw; another place: not.
   */
  @Test
  void drawsBelongToSeedEpochAndSample() {
    Set<Long> draws = new HashSet<>();
    for (int seed = 0; seed < 3; seed++) {
      for (int epoch = 0; epoch < 3; epoch++) {
        for (int number = 0; number < 100; number++) {
          for (int before = 0; before < 3; before++) {
            draws.add(new SampleSeeds(seed, epoch).of(number, before));
          }
        }
      }
    }
    assertEquals(2700, draws.size());
    assertArrayEquals(new int[] {0, 0, 1, 0, 2}, SampleSeeds.before(new int[] {5, 2, 5, 0, 5}, 6));
    Epochs shuffled = new Epochs(SAMPLES, new Shuffled(144), MARKING, 12, 3, 2);
    Epochs reversed =
        new Epochs(
            SAMPLES,
            new Sampler() {
              @Override
              public int perEpoch() {
                return 144;
              }

              @Override
              public int[] order(long seed, int epoch, Neighbors neighbors) {
                return IntStream.range(0, 144).map(i -> 143 - i).toArray();
              }
            },
            MARKING,
            48,
            3,
            2);
    assertEquals(bySample(shuffled, 2), bySample(reversed, 2));
    for (int i = 0; i < 144; i++) {
      assertEquals(bySample(shuffled, 2).get(i), shuffled.sample(i, 2)[0]);
    }
    assertNotEquals(bySample(shuffled, 2), bySample(shuffled, 1));
  }

  private static Map<Integer, Byte> bySample(Epochs epochs, int epoch) {
    Map<Integer, Byte> found = new TreeMap<>();
    try (Batches batches = epochs.batches(epoch, 0, null)) {
      batches.forEachRemaining(
          batch -> {
            for (int i = 0; i < batch.size(); i++) {
              found.put(batch.numbers()[i], batch.elements()[i]);
            }
          });
    }
    return found;
  }

  @Test
  void withoutAugmentationEpochsAreTheOrderOfBefore() {
    Epochs epochs = Epochs.shuffled(SAMPLES, 10, 3);
    try (Batches batches = epochs.batches(0, 0, null)) {
      for (Batch expected : take(0, true)) {
        Batch found = batches.next();
        assertArrayEquals(expected.elements(), found.elements());
        assertArrayEquals(expected.numbers(), found.numbers());
      }
      assertFalse(batches.hasNext());
    }
  }

  private static Batches.Prepare reading(Samples samples, int[] order, int batchSize) {
    return Batches.reading(samples, order, batchSize, BatchPart.WHOLE, (place, e, o) -> {});
  }

  /** Batches before the broken one come, in order; whoever takes it learns why there is none. */
  @Test
  void aWorkersFailureIsTheConsumers() {
    int[] order = IntStream.range(0, 144).toArray();
    for (int threads : new int[] {1, 4}) {
      try (Batches batches = new Batches(reading(slow(true), order, 8), 18, 0, threads)) {
        for (int i = 0; i < 11; i++) {
          assertEquals(8 * i, batches.next().numbers()[0]);
        }
        assertEquals(
            "sample 90", assertThrows(IllegalStateException.class, batches::next).getMessage());
        assertFalse(batches.hasNext());
      }
    }
  }

  @Test
  void measuresTheShareOfTimeWaited() throws InterruptedException {
    try (Batches batches = new Batches(reading(slow(false), ORDER, 24), ORDER.length / 24, 0, 1)) {
      batches.forEachRemaining(batch -> {});
      assertTrue(batches.waitedShare() > 0.5, () -> "waited " + batches.waitedShare());
    }
    try (Batches batches = new Batches(SAMPLES, ORDER, 24, 0, true)) {
      while (batches.hasNext()) {
        Thread.sleep(50);
        batches.next();
      }
      assertTrue(batches.waitedShare() < 0.2, () -> "waited " + batches.waitedShare());
    }
  }
}

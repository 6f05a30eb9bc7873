package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PiecesTest {
  @Test
  void everyRowIsDoneOnce() {
    for (int rows : new int[] {0, 1, 7, 8, 9, 100, 128}) {
      AtomicIntegerArray done = new AtomicIntegerArray(rows);
      Pieces.each(
          rows,
          8,
          (from, to) -> {
            assertEquals(0, from % 8);
            assertTrue(to - from == 8 || to == rows);
            for (int i = from; i < to; i++) {
              done.incrementAndGet(i);
            }
          });
      for (int i = 0; i < rows; i++) {
        assertEquals(1, done.get(i), rows + " rows, row " + i);
      }
    }
  }

  @Test
  void twoPiecesRunAtOnce() {
    CyclicBarrier both = new CyclicBarrier(2);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Pieces.each(
        4,
        1,
        (from, to) -> {
          threads.add(Thread.currentThread());
          try {
            both.await();
          } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
          }
        });
    assertEquals(2, threads.size());
    assertTrue(threads.contains(Thread.currentThread()));
  }

  @Test
  void aFailureOfEitherThreadIsThrownWhenTheOtherHasEnded() {
    for (boolean caller : new boolean[] {true, false}) {
      Thread here = Thread.currentThread();
      IllegalArgumentException failure = new IllegalArgumentException("made up");
      CountDownLatch failed = new CountDownLatch(1);
      AtomicInteger begun = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      assertSame(
          failure,
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  Pieces.each(
                      1000,
                      1,
                      (from, to) -> {
                        begun.incrementAndGet();
                        if ((Thread.currentThread() == here) == caller) {
                          failed.countDown();
                          throw failure;
                        }
                        try {
                          failed.await();
                          Thread.sleep(20);
                        } catch (InterruptedException e) {
                          throw new AssertionError(e);
                        }
                        ended.incrementAndGet();
                      })));
      assertEquals(begun.get() - 1, ended.get());
      assertTrue(begun.get() < 1000, "what had not begun is not done");
    }
  }
}

package org.marginsoftmax.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How calls become batches, with work that is made up. */
@Timeout(60)
class BatcherTest {
  private final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());

  /** Answers its number; fails with a whole batch for 13. */
  private float[][] echo(List<byte[]> images) {
    sizes.add(images.size());
    if (images.stream().anyMatch(image -> image[0] == 13)) {
      throw new IllegalArgumentException("unlucky");
    }
    return images.stream().map(image -> new float[] {image[0]}).toArray(float[][]::new);
  }

  private static List<CompletableFuture<float[]>> submit(Batcher batcher, int n) {
    List<CompletableFuture<float[]>> answers = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      answers.add(batcher.submit(new byte[] {(byte) i}));
    }
    return answers;
  }

  @Test
  void aBatchIsRunWhenItIsFull() throws Exception {
    try (Batcher batcher = new Batcher(this::echo, 4, Duration.ofMinutes(1))) {
      List<CompletableFuture<float[]>> answers = submit(batcher, 8);
      for (int i = 0; i < answers.size(); i++) {
        assertArrayEquals(new float[] {i}, answers.get(i).get());
      }
      assertEquals(List.of(4, 4), sizes);
    }
  }

  @Test
  void twoBatchesAreRunAtOnceButGatheredOneAfterTheOther() throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    try (Batcher batcher =
        new Batcher(
            images -> {
              try {
                both.await();
              } catch (InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException(e);
              }
              return echo(images);
            },
            3,
            Duration.ofMinutes(1))) {
      // Shared out between two that gather, three calls would wait for a fourth.
      List<CompletableFuture<float[]>> first = submit(batcher, 3);
      Thread.sleep(50);
      List<CompletableFuture<float[]>> second = submit(batcher, 3);
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(new float[] {i}, first.get(i).get());
        assertArrayEquals(new float[] {i}, second.get(i).get());
      }
      assertEquals(List.of(3, 3), sizes);
      assertEquals(0, both.getNumberWaiting());
    }
  }

  @Test
  void aLoneCallWaitsNoLongerThanTheDelay() throws Exception {
    try (Batcher batcher = new Batcher(this::echo, 4, Duration.ofMillis(20))) {
      assertArrayEquals(new float[] {0}, submit(batcher, 1).get(0).get());
      assertEquals(List.of(1), sizes);
    }
  }

  @Test
  void aFailingCallFailsAlone() throws Exception {
    try (Batcher batcher = new Batcher(this::echo, 16, Duration.ofMillis(50))) {
      List<CompletableFuture<float[]>> answers = submit(batcher, 16);
      for (int i = 0; i < answers.size(); i++) {
        if (i == 13) {
          Throwable cause = assertThrows(ExecutionException.class, answers.get(i)::get).getCause();
          assertEquals("unlucky", cause.getMessage());
        } else {
          assertArrayEquals(new float[] {i}, answers.get(i).get());
        }
      }
    }
  }

  @Test
  void closingEndsWhatWaitsAndLetsEndWhatRuns() throws Exception {
    CountDownLatch running = new CountDownLatch(2);
    CountDownLatch go = new CountDownLatch(1);
    Batcher batcher =
        new Batcher(
            images -> {
              running.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return echo(images);
            },
            1,
            Duration.ZERO);
    List<CompletableFuture<float[]>> answers = submit(batcher, 4);
    running.await();
    Thread closing = new Thread(batcher::close);
    closing.start();
    for (int i = 2; i < 4; i++) {
      CompletableFuture<float[]> waiting = answers.get(i);
      Throwable cause =
          assertThrows(ExecutionException.class, () -> waiting.get(30, TimeUnit.SECONDS))
              .getCause();
      assertTrue(cause.getMessage().contains("found it closed"), cause.getMessage());
    }
    go.countDown();
    closing.join();
    assertArrayEquals(new float[] {0}, answers.get(0).get());
    assertArrayEquals(new float[] {1}, answers.get(1).get());
    assertThrows(IllegalStateException.class, () -> batcher.submit(new byte[] {1}));
    batcher.close();
  }

  @Test
  void closingEndsABatchThatIsStillGathered() throws Exception {
    Batcher batcher = new Batcher(this::echo, 4, Duration.ofMinutes(1));
    List<CompletableFuture<float[]>> answers = submit(batcher, 2);
    Thread.sleep(50);
    batcher.close();
    for (CompletableFuture<float[]> answer : answers) {
      assertThrows(ExecutionException.class, answer::get);
    }
  }
}

package org.marginsoftmax.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How calls become batches, with work that is made up. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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

  /** Echoes, with a permit for each time. */
  private Batcher.Work held(Semaphore go) {
    return images -> {
      go.acquireUninterruptibly();
      return echo(images);
    };
  }

  /** A call that runs until it is let go, so that others wait. */
  private static CompletableFuture<float[]> occupy(Batcher batcher, Semaphore go) throws Exception {
    CompletableFuture<float[]> first = batcher.submit(new byte[] {99});
    awaitRunning(1, go);
    return first;
  }

  private static void awaitRunning(int batches, Semaphore go) throws InterruptedException {
    while (go.getQueueLength() < batches) {
      Thread.sleep(1);
    }
  }

  private static void assertEchoed(List<CompletableFuture<float[]>> answers) throws Exception {
    for (int i = 0; i < answers.size(); i++) {
      assertArrayEquals(new float[] {i}, answers.get(i).get());
    }
  }

  @Test
  void whileOneRunsTheNextBatchIsGatheredUntilItIsFull() throws Exception {
    Semaphore go = new Semaphore(0);
    try (Batcher batcher = new Batcher(held(go), 4, Duration.ofMinutes(1))) {
      CompletableFuture<float[]> first = occupy(batcher, go);
      List<CompletableFuture<float[]>> three = submit(batcher, 3);
      Thread.sleep(50);
      assertEquals(1, go.getQueueLength(), "three wait for a fourth");
      List<CompletableFuture<float[]>> five = submit(batcher, 5);
      awaitRunning(2, go);
      go.release(3);
      first.get();
      assertEchoed(three);
      assertEchoed(five);
      Collections.sort(sizes);
      assertEquals(List.of(1, 4, 4), sizes);
    }
  }

  @Test
  void aBatchThatWaitsIsRunWhenNoOtherRuns() throws Exception {
    Semaphore go = new Semaphore(0);
    try (Batcher batcher = new Batcher(held(go), 4, Duration.ofMinutes(1))) {
      occupy(batcher, go);
      List<CompletableFuture<float[]>> three = submit(batcher, 3);
      go.release(2);
      assertEchoed(three);
      assertEquals(List.of(1, 3), sizes);
    }
  }

  @Test
  void aLoneCallWaitsForNobody() throws Exception {
    try (Batcher batcher = new Batcher(this::echo, 4, Duration.ofMinutes(1))) {
      for (int i = 0; i < 3; i++) {
        assertEchoed(submit(batcher, 1));
      }
      assertEquals(List.of(1, 1, 1), sizes);
    }
  }

  @Test
  void aCallWaitsNoLongerThanTheDelay() throws Exception {
    Semaphore go = new Semaphore(0);
    try (Batcher batcher = new Batcher(held(go), 4, Duration.ofMillis(20))) {
      occupy(batcher, go);
      submit(batcher, 1);
      awaitRunning(2, go);
      go.release(2);
    }
  }

  @Test
  void aFailingCallFailsAlone() throws Exception {
    Semaphore go = new Semaphore(0);
    try (Batcher batcher = new Batcher(held(go), 16, Duration.ofMinutes(1))) {
      occupy(batcher, go);
      List<CompletableFuture<float[]>> answers = submit(batcher, 16);
      go.release(2 + 16);
      for (int i = 0; i < answers.size(); i++) {
        if (i == 13) {
          Throwable cause = assertThrows(ExecutionException.class, answers.get(i)::get).getCause();
          assertEquals("unlucky", cause.getMessage());
        } else {
          assertArrayEquals(new float[] {i}, answers.get(i).get());
        }
      }
      assertTrue(sizes.contains(16), sizes::toString);
    }
  }

  @Test
  void closingEndsWhatWaitsAndLetsEndWhatRuns() throws Exception {
    Semaphore go = new Semaphore(0);
    Batcher batcher = new Batcher(held(go), 1, Duration.ZERO);
    List<CompletableFuture<float[]>> answers = submit(batcher, 4);
    awaitRunning(2, go);
    Thread closing = new Thread(batcher::close);
    closing.start();
    for (int i = 2; i < 4; i++) {
      CompletableFuture<float[]> waiting = answers.get(i);
      Throwable cause =
          assertThrows(ExecutionException.class, () -> waiting.get(30, TimeUnit.SECONDS))
              .getCause();
      assertTrue(cause.getMessage().contains("found it closed"), cause.getMessage());
    }
    go.release(2);
    closing.join();
    assertArrayEquals(new float[] {0}, answers.get(0).get());
    assertArrayEquals(new float[] {1}, answers.get(1).get());
    assertThrows(IllegalStateException.class, () -> batcher.submit(new byte[] {1}));
    batcher.close();
  }

  @Test
  void closingEndsABatchThatIsStillGathered() throws Exception {
    Semaphore go = new Semaphore(0);
    Batcher batcher = new Batcher(held(go), 4, Duration.ofMinutes(1));
    CompletableFuture<float[]> first = occupy(batcher, go);
    List<CompletableFuture<float[]>> answers = submit(batcher, 2);
    Thread closing = new Thread(batcher::close);
    closing.start();
    for (CompletableFuture<float[]> answer : answers) {
      assertThrows(ExecutionException.class, answer::get);
    }
    go.release();
    closing.join();
    assertArrayEquals(new float[] {99}, first.get());
  }
}

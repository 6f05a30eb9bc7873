package org.marginsoftmax.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecodingRoomTest {
  private static final long ROOM = Runtime.getRuntime().maxMemory() / 4;

  /** Most bytes held at the same time by 16 threads that each hold some. */
  private static long most(long each) throws Exception {
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(16);
    List<Future<Long>> all =
        IntStream.range(0, 32)
            .mapToObj(
                i ->
                    threads.submit(
                        () ->
                            DecodingRoom.in(
                                each,
                                () -> {
                                  long now = held.addAndGet(each);
                                  most.accumulateAndGet(now, Math::max);
                                  sleep();
                                  return held.addAndGet(-each);
                                })))
            .toList();
    for (Future<Long> one : all) {
      one.get();
    }
    threads.shutdown();
    return most.get();
  }

  private static void sleep() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void manyLargeImagesAtOnceWaitForEachOther() throws Exception {
    long most = most(ROOM / 5);
    assertTrue(most <= ROOM && most > ROOM / 2, most + " of " + ROOM);
    assertEquals(3 * ROOM, most(3 * ROOM), "larger than the room: alone");
    assertTrue(most(1000) > 1000, "small ones do not wait");
  }

  @Test
  void whatFailsGivesItsRoomBack() throws IOException {
    for (int i = 0; i < 5; i++) {
      assertThrows(
          IOException.class,
          () ->
              DecodingRoom.in(
                  ROOM,
                  () -> {
                    throw new IOException("damaged");
                  }));
    }
    assertEquals("done", DecodingRoom.in(ROOM, () -> "done"));
  }
}

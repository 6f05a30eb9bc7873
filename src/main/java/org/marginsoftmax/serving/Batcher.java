package org.marginsoftmax.serving;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.marginsoftmax.data.Pieces;

/**
 * Gathers concurrent calls into batches that threads of its own run, one batch each. A batch begins
 * with the call that has waited longest and is run when it is full, or when that call has waited
 * long enough; the next one is gathered meanwhile.
 */
final class Batcher implements AutoCloseable {
  /** What is done to a batch: a row for each image, in their order. */
  interface Work {
    float[][] run(List<byte[]> images);
  }

  private record Call(byte[] image, long arrived, CompletableFuture<float[]> answer) {}

  private static final Call END = new Call(null, 0, null);

  private final Work work;
  private final int maximumBatch;
  private final long delay;
  private final BlockingQueue<Call> queue = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  /** Held by the thread that gathers: two would share out what fits into one batch. */
  private final Object gathering = new Object();

  private boolean closed;

  Batcher(Work work, int maximumBatch, Duration maximumDelay) {
    this.work = work;
    this.maximumBatch = maximumBatch;
    this.delay = maximumDelay.toNanos();
    for (int i = 0; i < Pieces.AT_ONCE; i++) {
      Thread thread = new Thread(this::serve, "embedder-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /**
   * Puts an image into one of the next batches.
   *
   * @return its row; or an exception: that of the work for this image, or {@link
   *     IllegalStateException} after {@link #close}
   */
  CompletableFuture<float[]> submit(byte[] image) {
    Call call = new Call(image, System.nanoTime(), new CompletableFuture<>());
    synchronized (queue) {
      if (closed) {
        throw closed();
      }
      queue.add(call);
    }
    return call.answer();
  }

  private void serve() {
    try {
      for (List<Call> batch = next(); !batch.isEmpty(); batch = next()) {
        answer(batch);
      }
    } catch (InterruptedException e) {
      throw new AssertionError("nobody else has this thread", e);
    }
  }

  /** The next batch; none after the end, which stays in the queue for the other thread. */
  private List<Call> next() throws InterruptedException {
    synchronized (gathering) {
      List<Call> batch = new ArrayList<>();
      Call call = queue.take();
      long until = call.arrived() + delay;
      while (call != null && call != END) {
        batch.add(call);
        call =
            batch.size() == maximumBatch
                ? null
                : queue.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
      if (call == END) {
        queue.add(END);
        batch.forEach(Batcher::end);
        batch.clear();
      }
      return batch;
    }
  }

  /** One that fails is run again call by call: only those fail that fail alone. */
  private void answer(List<Call> batch) {
    try {
      float[][] rows = work.run(batch.stream().map(Call::image).toList());
      for (int i = 0; i < rows.length; i++) {
        batch.get(i).answer().complete(rows[i]);
      }
    } catch (RuntimeException | Error e) {
      if (batch.size() == 1) {
        batch.get(0).answer().completeExceptionally(e);
      } else {
        batch.forEach(call -> answer(List.of(call)));
      }
    }
  }

  private static void end(Call call) {
    call.answer().completeExceptionally(closed());
  }

  static IllegalStateException closed() {
    return new IllegalStateException(
        "embedder: expected an open one, found it closed; open another");
  }

  /** Ends calls that wait; returns when batches that run have ended too. */
  @Override
  public void close() {
    synchronized (queue) {
      if (!closed) {
        closed = true;
        List<Call> waiting = new ArrayList<>();
        queue.drainTo(waiting);
        waiting.forEach(Batcher::end);
        queue.add(END);
      }
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package org.marginsoftmax.serving;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Gathers concurrent calls into batches that a thread of its own runs. A batch begins with the call
 * that has waited longest and is run when it is full, or when that call has waited long enough.
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
  private final Thread thread = new Thread(this::serve, "embedder");
  private boolean closed;

  Batcher(Work work, int maximumBatch, Duration maximumDelay) {
    this.work = work;
    this.maximumBatch = maximumBatch;
    this.delay = maximumDelay.toNanos();
    thread.setDaemon(true);
    thread.start();
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
      for (Call first = queue.take(); first != END; first = queue.take()) {
        List<Call> batch = new ArrayList<>(List.of(first));
        if (gather(batch, first.arrived() + delay)) {
          batch.forEach(Batcher::end);
          break;
        }
        answer(batch);
      }
    } catch (InterruptedException e) {
      // Nobody else has the thread; then it ends as if closed.
      Thread.currentThread().interrupt();
    }
    List<Call> waiting = new ArrayList<>();
    queue.drainTo(waiting);
    waiting.stream().filter(call -> call != END).forEach(Batcher::end);
  }

  /** Fills a batch; whether the end came meanwhile. */
  private boolean gather(List<Call> batch, long until) throws InterruptedException {
    while (batch.size() < maximumBatch) {
      Call next = queue.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (next == END) {
        return true;
      }
      if (next == null) {
        return false;
      }
      batch.add(next);
    }
    return false;
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

  /** Ends calls that wait; returns when the batch that runs has ended too. */
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
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

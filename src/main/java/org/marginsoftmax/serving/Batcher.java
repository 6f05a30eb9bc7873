package org.marginsoftmax.serving;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.marginsoftmax.data.Pieces;

/**
 * Gathers concurrent calls into batches, each run by one of its own threads. A batch starts with
 * the call that has waited longest. It is run when it is full, when that call has waited long
 * enough, or when no other batch is running, since waiting would then gain nothing.
 */
final class Batcher implements AutoCloseable {
  /** Computes a row for each image of a batch, in order. */
  interface Work {
    float[][] run(List<byte[]> images);
  }

  private record Call(byte[] image, long arrived, CompletableFuture<float[]> answer) {}

  private final Work work;
  private final int maximumBatch;
  private final long delay;
  private final List<Thread> threads = new ArrayList<>();

  private final Lock lock = new ReentrantLock();

  // All of it under the lock, and every change signalled.
  private final Condition changed = lock.newCondition();
  private final Deque<Call> waiting = new ArrayDeque<>();
  private int running;
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
    lock.lock();
    try {
      if (closed) {
        throw closed();
      }
      waiting.add(call);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return call.answer();
  }

  private void serve() {
    try {
      for (List<Call> batch = next(); !batch.isEmpty(); batch = next()) {
        answer(batch);
        ended();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("nobody else has this thread", e);
    }
  }

  /** The next batch, once it is due; none after {@link #close}. */
  private List<Call> next() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && !isDue()) {
        if (waiting.isEmpty()) {
          changed.await();
        } else {
          changed.awaitNanos(timeLeft());
        }
      }
      List<Call> batch = new ArrayList<>();
      while (!waiting.isEmpty() && batch.size() < maximumBatch) {
        batch.add(waiting.remove());
      }
      running++;
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private boolean isDue() {
    return !waiting.isEmpty()
        && (running == 0 || waiting.size() >= maximumBatch || timeLeft() <= 0);
  }

  /** Nanoseconds that the call which has waited longest may still wait. */
  private long timeLeft() {
    return waiting.element().arrived() + delay - System.nanoTime();
  }

  private void ended() {
    lock.lock();
    try {
      running--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** If a batch fails, it is run again call by call, so that only those fail that fail alone. */
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

  static IllegalStateException closed() {
    return new IllegalStateException(
        "embedder: expected an open one, found it closed; open another");
  }

  /** Ends waiting calls; returns when the batches that are running have ended too. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      waiting.forEach(call -> call.answer().completeExceptionally(closed()));
      waiting.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
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

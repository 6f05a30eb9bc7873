package org.marginsoftmax.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * The batches of an epoch, in order, prepared ahead of time by several threads. The number of
 * threads changes no byte of them. It is for one consumer, who must close it even if some batches
 * were not taken.
 */
public final class Batches implements Iterator<Batch>, AutoCloseable {
  /** Batches that are ready or being prepared, beyond one for each thread. */
  static final int AHEAD = 3;

  private final Prepare prepare;
  private final int count;
  private final ExecutorService pool;
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Future<Batch>> ahead = new ArrayDeque<>();
  private final long startedNanos = System.nanoTime();
  private long waitedNanos;
  private int next;
  private int asked;
  private volatile boolean closed;

  /**
   * Starts preparing batches on one thread, without changing samples.
   *
   * @param order indices of the samples to visit
   * @param batchSize samples per batch, at least 1
   * @param firstBatch index of the first batch to return, from 0
   * @param dropRemainder whether a last, smaller batch is left out
   */
  public Batches(
      Samples samples, int[] order, int batchSize, int firstBatch, boolean dropRemainder) {
    this(
        reading(samples, order, batchSize, BatchPart.WHOLE, (place, elements, offset) -> {}),
        dropRemainder ? order.length / batchSize : (order.length + batchSize - 1) / batchSize,
        firstBatch,
        1);
  }

  /** Prepares a batch. Called from several threads at once. */
  @FunctionalInterface
  interface Prepare {
    /**
     * The batch of this number in the epoch.
     *
     * @param abandoned whether nobody waits for it any more
     */
    Batch of(int number, BooleanSupplier abandoned);
  }

  /** Changes a sample by its place in the order of the epoch. */
  @FunctionalInterface
  interface Change {
    void apply(int place, byte[] elements, int offset);
  }

  /**
   * Starts preparing batches.
   *
   * @param count number of batches of the epoch
   * @param firstBatch index of the first batch to return, from 0
   * @param threads number of threads that prepare batches, at least 1
   */
  Batches(Prepare prepare, int count, int firstBatch, int threads) {
    this.prepare = prepare;
    this.next = firstBatch;
    this.asked = firstBatch;
    this.count = count;
    this.pool =
        Executors.newFixedThreadPool(
            threads,
            work -> {
              Thread thread = new Thread(work, "margin-softmax-batches");
              thread.setDaemon(true);
              this.threads.add(thread);
              return thread;
            });
    for (int i = 0; i < threads + AHEAD; i++) {
      askForOne();
    }
  }

  private void askForOne() {
    if (asked < count) {
      int number = asked++;
      ahead.add(pool.submit(() -> prepare.of(number, () -> closed)));
    }
  }

  @Override
  public boolean hasNext() {
    return next < count;
  }

  /**
   * Waits for the next batch and returns it.
   *
   * @throws RuntimeException if preparing the batch failed
   */
  @Override
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("expected at most " + count + " batches");
    }
    long from = System.nanoTime();
    try {
      Batch batch = ahead.remove().get();
      next++;
      askForOne();
      return batch;
    } catch (ExecutionException e) {
      next = count;
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      // Memory that ends there has to be known here, where somebody waits for the batch.
      throw new IllegalStateException("a batch could not be prepared", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    } finally {
      waitedNanos += System.nanoTime() - from;
    }
  }

  /** The share of the time since the start that was spent waiting in {@link #next}, 0..1. */
  public double waitedShare() {
    return (double) waitedNanos / Math.max(1, System.nanoTime() - startedNanos);
  }

  /** Stops the threads and waits until they have ended. */
  @Override
  public void close() {
    // No thread is interrupted at work: that would close a file that it reads for everyone.
    closed = true;
    pool.shutdown();
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

  /**
   * Reads the samples of batches; what it gives once nobody waits for it is null or not whole.
   *
   * @param order indices of the samples to visit
   * @param batchSize samples per batch, at least 1
   * @param part of each batch that is read
   * @param change what happens to each sample once its bytes are in the batch
   */
  static Prepare reading(
      Samples samples, int[] order, int batchSize, BatchPart part, Change change) {
    int bytes = samples.element().bytes();
    return (number, abandoned) -> {
      int start = number * batchSize;
      int whole = Math.min(batchSize, order.length - start);
      int from = start + part.from(whole);
      int[] numbers = Arrays.copyOfRange(order, from, start + part.to(whole));
      if (abandoned.getAsBoolean()) {
        return null;
      }
      Batch batch =
          new Batch(
              numbers.length,
              new byte[Math.multiplyExact(numbers.length, bytes)],
              new int[numbers.length],
              numbers);
      for (int i = 0; i < numbers.length && !abandoned.getAsBoolean(); i++) {
        samples.copy(numbers[i], batch.elements(), i * bytes);
        change.apply(from + i, batch.elements(), i * bytes);
        batch.labels()[i] = samples.label(numbers[i]);
      }
      return batch;
    };
  }
}

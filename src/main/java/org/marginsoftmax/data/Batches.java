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
import java.util.function.IntFunction;

/**
 * The batches of an epoch, in order, prepared ahead of time by several threads. The number of
 * threads changes no byte of them. It is for one consumer, who must close it even if some batches
 * were not taken.
 */
public final class Batches implements Iterator<Batch>, AutoCloseable {
  /** Batches that are ready or being prepared, beyond one for each thread. */
  static final int AHEAD = 3;

  private final IntFunction<Batch> prepare;
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
        samples,
        order,
        (place, elements, offset) -> {},
        (batch, number) -> batch,
        batchSize,
        firstBatch,
        dropRemainder,
        1);
  }

  /** Changes a sample by its place in the order of the epoch. */
  @FunctionalInterface
  interface Change {
    void apply(int place, byte[] elements, int offset);
  }

  /** Mixes the samples of a batch, by its number in the epoch. */
  @FunctionalInterface
  interface Mix {
    Batch apply(Batch batch, int number);
  }

  /**
   * Starts preparing batches.
   *
   * @param order indices of the samples to visit
   * @param change what happens to each sample once its bytes are in the batch
   * @param mix what happens to each batch at last
   * @param batchSize samples per batch, at least 1
   * @param firstBatch index of the first batch to return, from 0
   * @param dropRemainder whether a last, smaller batch is left out
   * @param threads number of threads that prepare batches, at least 1
   */
  Batches(
      Samples samples,
      int[] order,
      Change change,
      Mix mix,
      int batchSize,
      int firstBatch,
      boolean dropRemainder,
      int threads) {
    this.prepare = number -> prepared(samples, order, change, mix, batchSize, number);
    this.next = firstBatch;
    this.asked = firstBatch;
    this.count =
        dropRemainder ? order.length / batchSize : (order.length + batchSize - 1) / batchSize;
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
      ahead.add(pool.submit(() -> prepare.apply(number)));
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

  /** A batch; null once nobody waits for it. */
  private Batch prepared(
      Samples samples, int[] order, Change change, Mix mix, int batchSize, int number) {
    int start = number * batchSize;
    int size = Math.min(batchSize, order.length - start);
    int bytes = samples.element().bytes();
    int[] numbers = Arrays.copyOfRange(order, start, start + size);
    if (closed) {
      return null;
    }
    Batch batch =
        new Batch(size, new byte[Math.multiplyExact(size, bytes)], new int[size], numbers);
    for (int i = 0; i < size && !closed; i++) {
      samples.copy(numbers[i], batch.elements(), i * bytes);
      change.apply(start + i, batch.elements(), i * bytes);
      batch.labels()[i] = samples.label(numbers[i]);
    }
    return mix.apply(batch, number);
  }
}

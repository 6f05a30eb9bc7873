package org.marginsoftmax.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The batches of an epoch, in order, prepared ahead of time on a separate thread. It is for one
 * consumer, who must close it even if some batches were not taken.
 */
public final class Batches implements Iterator<Batch>, AutoCloseable {
  private static final int AHEAD = 4;

  private final Samples samples;
  private final int[] order;
  private final int batchSize;
  private final int count;
  private final BlockingQueue<Prepared> ready = new ArrayBlockingQueue<>(AHEAD);
  private final Thread thread;
  private int next;

  /** A batch, or why there is none. */
  private record Prepared(Batch batch, RuntimeException failure) {}

  /**
   * Starts preparing batches.
   *
   * @param order indices of the samples to visit
   * @param batchSize samples per batch, at least 1
   * @param firstBatch index of the first batch to return, from 0
   * @param dropRemainder whether a last, smaller batch is left out
   */
  public Batches(
      Samples samples, int[] order, int batchSize, int firstBatch, boolean dropRemainder) {
    this.samples = samples;
    this.order = order;
    this.batchSize = batchSize;
    this.next = firstBatch;
    this.count =
        dropRemainder ? order.length / batchSize : (order.length + batchSize - 1) / batchSize;
    thread = new Thread(() -> prepare(firstBatch), "margin-softmax-batches");
    thread.setDaemon(true);
    thread.start();
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
    try {
      Prepared prepared = ready.take();
      if (prepared.failure != null) {
        next = count;
        throw prepared.failure;
      }
      next++;
      return prepared.batch;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
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

  private void prepare(int firstBatch) {
    try {
      for (int i = firstBatch; i < count && !Thread.interrupted(); i++) {
        ready.put(prepared(i));
      }
    } catch (InterruptedException closed) {
      // Nobody waits for more.
    }
  }

  private Prepared prepared(int number) {
    try {
      int start = number * batchSize;
      int size = Math.min(batchSize, order.length - start);
      int bytes = samples.element().bytes();
      int[] numbers = Arrays.copyOfRange(order, start, start + size);
      Batch batch =
          new Batch(size, new byte[Math.multiplyExact(size, bytes)], new int[size], numbers);
      for (int i = 0; i < size; i++) {
        samples.copy(numbers[i], batch.elements(), i * bytes);
        batch.labels()[i] = samples.label(numbers[i]);
      }
      return new Prepared(batch, null);
    } catch (RuntimeException e) {
      return new Prepared(null, e);
    } catch (Error e) {
      // Memory that ends here has to be known there, where somebody waits for the batch.
      return new Prepared(null, new IllegalStateException("a batch could not be prepared", e));
    }
  }
}

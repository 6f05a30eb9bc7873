package org.marginsoftmax.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.BatchPart;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.train.ElementTensor;
import org.marginsoftmax.train.SampleReaders;
import org.tensorflow.exceptions.TensorFlowException;

/** Reads a worker's part of every batch for a chief, in a thread of its own, until it is closed. */
final class PartReader implements AutoCloseable {
  private final int task;
  private final String target;
  private final String chief;
  private final TrainingSamples.Opener opener;
  private final Notes notes;
  private final PrintStream progress;
  private final WorkerQueue orders;
  private volatile WorkerQueue parts;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closed;

  /**
   * What a reader says of itself.
   *
   * @param chief that it reads for
   * @param trouble why it does not; null if it is ready
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record State(String chief, String trouble) {}

  /**
   * What a chief asks for first.
   *
   * @param config of the training
   * @param hash of the chief's samples
   * @param parts that a batch is divided into, one for each worker
   */
  record Opening(String config, String hash, int parts) {}

  /**
   * A reader.
   *
   * @param target of this worker
   * @param chief that it reads for
   * @param notes of this worker
   */
  PartReader(
      int task,
      String target,
      String chief,
      TrainingSamples.Opener opener,
      Notes notes,
      PrintStream progress) {
    this.task = task;
    this.target = target;
    this.chief = chief;
    this.opener = opener;
    this.notes = notes;
    this.progress = progress;
    orders = new WorkerQueue(task, target, Order.queue(chief), 0);
  }

  /** Begins to wait for orders. */
  void start() {
    Thread thread = new Thread(this::read, "margin-softmax-reader");
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try (orders) {
      try {
        Opening opening = Order.next(orders).as(Opening.class);
        fill(opened(opening), new BatchPart(task, opening.parts));
      } catch (RuntimeException | OutOfMemoryError e) { // The chief has to know, whatever it is.
        fail(e);
      }
      awaitClose();
      orders.destroy();
    }
  }

  private void fill(TrainingSamples samples, BatchPart part) {
    ElementSpec element = samples.epochs().samples().element();
    try (WorkerQueue queue =
        new WorkerQueue(task, target, Parts.queue(chief, ElementTensor.type(element)), 0)) {
      parts = queue;
      say(null);
      try {
        while (!closed) {
          Order order = Order.next(orders);
          fill(queue, order.as(SampleReaders.Epoch.class), order.samples(), samples, part);
        }
      } catch (RuntimeException | OutOfMemoryError e) {
        fail(e);
        queue.shut(); // Now that the chief can ask why.
      }
      awaitClose();
      queue.destroy();
    }
  }

  /** The queues stay until then, or a chief that comes to them late would wait for good. */
  private void awaitClose() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private TrainingSamples opened(Opening opening) {
    progress.println("opening the samples of the chief");
    TrainingSamples samples = opener.open(opening.config);
    if (!samples.hash().equals(opening.hash)) {
      throw new InvalidInputException(
          "other samples, %d of them, with another hash"
              .formatted(samples.epochs().samples().size()));
    }
    progress.printf(
        "reading part %d of %d of each batch, of %d samples%n",
        task + 1, opening.parts, samples.epochs().samples().size());
    return samples;
  }

  private void fill(
      WorkerQueue queue,
      SampleReaders.Epoch epoch,
      int[] order,
      TrainingSamples samples,
      BatchPart part) {
    ElementSpec element = samples.epochs().samples().element();
    try (Batches batches = samples.epochs().part(epoch.number(), order, epoch.firstBatch(), part)) {
      for (int k = epoch.firstBatch(); k < epoch.batches() && !closed; k++) {
        Parts.put(queue, epoch.trained() + k, element, batches.next());
      }
    }
  }

  private void fail(Throwable e) {
    if (closed) {
      return;
    }
    String trouble =
        e instanceof InvalidInputException || e instanceof TensorFlowException
            ? e.getMessage()
            : e.toString();
    progress.println("cannot read the samples: " + trouble);
    say(trouble);
  }

  /** Not once it is closed: the next reader may have begun. */
  private synchronized void say(String trouble) {
    if (!closed) {
      notes.setReader(Texts.of(new State(chief, trouble)));
    }
  }

  /** Has the reader stop, as soon as it has opened the samples if it is about to. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    try {
      orders.shut();
      WorkerQueue queue = parts;
      if (queue != null) {
        queue.shut();
      }
    } catch (TensorFlowException e) {
      progress.println("the queues of the last chief are not shut: " + e.getMessage());
    } finally {
      ended.countDown();
    }
  }
}

package org.marginsoftmax.cluster;

import java.util.List;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.train.ElementTensor;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.DestroyResourceOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.io.QueueClose;
import org.tensorflow.op.io.QueueDequeue;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * The parts of batches that a worker has read, each with the number of batches trained on before
 * it: a queue that the training takes them from.
 */
final class PartQueue implements AutoCloseable {
  /** Besides those that are being read. */
  private static final int CAPACITY = 2;

  private final ElementSpec element;
  private final WorkerGraph graph;
  private final Placeholder<TInt64> trained;
  private final Placeholder<? extends TNumber> elements;
  private final Op put;
  private final Op shut;
  private final Op destroy;

  /**
   * The queue of a worker for a chief.
   *
   * @param target of the worker
   */
  PartQueue(int task, String target, String chief, ElementSpec element) {
    this.element = element;
    graph = new WorkerGraph(task, target, 0);
    Ops tf = graph.ops();
    Class<? extends TNumber> type = ElementTensor.type(element);
    Operand<? extends TType> queue = queue(tf, chief, type);
    trained = tf.placeholder(TInt64.class);
    elements = tf.placeholder(type);
    put = tf.io.queueEnqueue(queue, List.of(trained, elements));
    shut = tf.io.queueClose(queue, QueueClose.cancelPendingEnqueues(true));
    destroy = tf.destroyResourceOp(queue, DestroyResourceOp.ignoreLookupError(true));
  }

  private static Operand<? extends TType> queue(
      Ops tf, String chief, Class<? extends TNumber> type) {
    return WorkerGraph.queue(tf, "parts-" + chief, CAPACITY, List.of(TInt64.class, type));
  }

  /** What takes the elements of the next part, see {@link Readers#next}. */
  static <T extends TNumber> Operand<T> next(
      Ops tf, String chief, Operand<TInt64> trained, Class<T> type) {
    QueueDequeue next = tf.io.queueDequeue(queue(tf, chief, type), List.of(TInt64.class, type));
    Operand<TInt64> found = next.components().get(0).expect(TInt64.class);
    return tf.withControlDependencies(
            tf.assertThat(
                tf.math.equal(found, trained),
                List.of(tf.constant("a worker has read the part of another batch:"), found)))
        .identity(next.components().get(1).expect(type));
  }

  /**
   * Waits for room and adds a part.
   *
   * @param before number of batches trained on before it
   * @throws TensorFlowException if nobody takes any more
   */
  void put(long before, Batch part) {
    try (TInt64 number = TInt64.scalarOf(before);
        Tensor read = ElementTensor.of(element, part.elements(), part.size())) {
      graph
          .session()
          .runner()
          .feed((Operand<?>) trained, number)
          .feed((Operand<?>) elements, read)
          .addTarget(put)
          .run()
          .close();
    }
  }

  /** What waits for parts or for room fails, now and later. */
  void shut() {
    graph.session().runner().addTarget(shut).run().close();
  }

  /** Takes the queue out of the worker's memory. */
  void destroy() {
    graph.session().runner().addTarget(destroy).run().close();
  }

  @Override
  public void close() {
    graph.close();
  }
}

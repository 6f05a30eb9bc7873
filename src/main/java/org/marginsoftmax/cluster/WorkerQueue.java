package org.marginsoftmax.cluster;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.DestroyResourceOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.io.FifoQueue;
import org.tensorflow.op.io.QueueClose;
import org.tensorflow.op.io.QueueDequeue;
import org.tensorflow.types.family.TType;

/** A queue of pairs of tensors in the memory of a worker, the same for all who name it so. */
final class WorkerQueue implements AutoCloseable {
  private final WorkerGraph graph;
  private final Placeholder<?> first;
  private final Placeholder<?> second;
  private final Op put;
  private final QueueDequeue take;
  private final Op shut;
  private final Op destroy;

  /**
   * What a queue is, for all who use it.
   *
   * @param name of the queue
   * @param capacity pairs that it has room for
   * @param first type of the first of a pair
   * @param second type of the second
   */
  record Kind(
      String name, long capacity, Class<? extends TType> first, Class<? extends TType> second) {
    private List<Class<? extends TType>> types() {
      return List.of(first, second);
    }

    private Operand<? extends TType> handle(Ops tf) {
      return tf.io
          .fifoQueue(
              types(),
              FifoQueue.capacity(capacity),
              FifoQueue.container(WorkerGraph.CONTAINER),
              FifoQueue.sharedName(name))
          .handle();
    }

    /** What takes the next pair, in a graph of ops of the worker. */
    QueueDequeue next(Ops tf) {
      return tf.io.queueDequeue(handle(tf), types());
    }
  }

  /**
   * A queue, made if it is not there.
   *
   * @param task number of the worker
   * @param target of the worker
   * @param patience seconds that a call waits for the worker; 0 for as long as it takes
   */
  WorkerQueue(int task, String target, Kind kind, int patience) {
    graph = new WorkerGraph(task, target, patience);
    Ops tf = graph.ops();
    Operand<? extends TType> queue = kind.handle(tf);
    first = tf.placeholder(kind.first);
    second = tf.placeholder(kind.second);
    put = tf.io.queueEnqueue(queue, List.of(first, second));
    take = kind.next(tf);
    shut = tf.io.queueClose(queue, QueueClose.cancelPendingEnqueues(true));
    destroy = tf.destroyResourceOp(queue, DestroyResourceOp.ignoreLookupError(true));
  }

  /** Waits for room and adds a pair. */
  void put(Tensor one, Tensor other) {
    graph
        .session()
        .runner()
        .feed((Operand<?>) first, one)
        .feed((Operand<?>) second, other)
        .addTarget(put)
        .run()
        .close();
  }

  /** Waits for a pair and takes it; the caller closes it. */
  Result take() {
    return graph
        .session()
        .runner()
        .fetch(take.components().get(0))
        .fetch(take.components().get(1))
        .run();
  }

  /** What waits for pairs or for room fails, now and later. */
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

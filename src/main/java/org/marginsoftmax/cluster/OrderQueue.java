package org.marginsoftmax.cluster;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.DestroyResourceOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.io.QueueClose;
import org.tensorflow.op.io.QueueDequeue;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** What a chief has a worker read: a queue in the worker. */
final class OrderQueue implements AutoCloseable {
  private static final List<Class<? extends TType>> TYPES = List.of(TString.class, TInt32.class);
  private static final int CAPACITY = 4;

  private final WorkerGraph graph;
  private final Placeholder<TString> text;
  private final Placeholder<TInt32> samples;
  private final Op offer;
  private final QueueDequeue take;
  private final Op shut;
  private final Op destroy;

  /**
   * An order.
   *
   * @param text what is to be read, as JSON
   * @param samples indices of samples
   */
  record Order(String text, int[] samples) {}

  /**
   * The queue of a worker for a chief, made by whoever comes first.
   *
   * @param target of the worker
   * @param patience seconds that a call waits for the worker; 0 for as long as it takes
   */
  OrderQueue(int task, String target, String chief, int patience) {
    graph = new WorkerGraph(task, target, patience);
    Ops tf = graph.ops();
    Operand<? extends TType> queue = WorkerGraph.queue(tf, "orders-" + chief, CAPACITY, TYPES);
    text = tf.placeholder(TString.class);
    samples = tf.placeholder(TInt32.class);
    offer = tf.io.queueEnqueue(queue, List.of(text, samples));
    take = tf.io.queueDequeue(queue, TYPES);
    shut = tf.io.queueClose(queue, QueueClose.cancelPendingEnqueues(true));
    destroy = tf.destroyResourceOp(queue, DestroyResourceOp.ignoreLookupError(true));
  }

  /**
   * Gives an order.
   *
   * @throws TensorFlowException if the worker does not answer
   */
  void offer(Order order) {
    try (TString said = TString.scalarOf(order.text);
        TInt32 numbers = TInt32.vectorOf(order.samples)) {
      graph
          .session()
          .runner()
          .feed((Operand<?>) text, said)
          .feed((Operand<?>) samples, numbers)
          .addTarget(offer)
          .run()
          .close();
    }
  }

  /**
   * Waits for the next order.
   *
   * @throws TensorFlowException if there will be none
   */
  Order take() {
    try (Result result =
        graph
            .session()
            .runner()
            .fetch(take.components().get(0))
            .fetch(take.components().get(1))
            .run()) {
      return new Order(
          ((TString) result.get(0)).getObject(), StdArrays.array1dCopyOf((TInt32) result.get(1)));
    }
  }

  /** What waits for orders fails, now and later. */
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

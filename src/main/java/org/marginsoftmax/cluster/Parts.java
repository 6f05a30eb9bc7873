package org.marginsoftmax.cluster;

import java.util.List;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.train.ElementTensor;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.op.io.QueueDequeue;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * The parts of batches that a worker has read, each with the number of batches trained on before
 * it, in a queue that the training takes them from.
 */
final class Parts {
  /** Besides those that are being read. */
  private static final int CAPACITY = 2;

  private Parts() {}

  /** The queue of a worker's parts for a chief. */
  static WorkerQueue.Kind queue(String chief, Class<? extends TNumber> type) {
    return new WorkerQueue.Kind("parts-" + chief, CAPACITY, TInt64.class, type);
  }

  /** What takes the elements of the next part, see {@link Readers#next}. */
  static <T extends TNumber> Operand<T> next(
      Ops tf, String chief, Operand<TInt64> trained, Class<T> type) {
    QueueDequeue next = queue(chief, type).next(tf);
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
  static void put(WorkerQueue queue, long before, ElementSpec element, Batch part) {
    try (TInt64 number = TInt64.scalarOf(before);
        Tensor read = ElementTensor.of(element, part.elements(), part.size())) {
      queue.put(number, read);
    }
  }
}

package org.marginsoftmax.cluster;

import java.util.List;
import org.marginsoftmax.train.SampleReaders;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * The readers of all workers, as the chief sees them.
 *
 * @param chief that they read for
 * @param orders of each worker
 */
record Readers(String chief, List<WorkerQueue> orders) implements SampleReaders {
  @Override
  public void begin(Epoch epoch, int[] order) {
    Order rest = Order.of(epoch, order);
    orders.forEach(rest::to);
  }

  @Override
  public <T extends TNumber> Operand<T> next(Ops tf, Operand<TInt64> trained, Class<T> type) {
    return Parts.next(tf, chief, trained, type);
  }
}

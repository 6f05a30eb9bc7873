package org.marginsoftmax.train;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * How means over parts of a batch become those over the whole batch, where several processes each
 * compute a part of the same size. It stands between the gradients and the update.
 */
@FunctionalInterface
public interface Reduction {
  /** Of a single process, whose part is the whole batch. */
  Reduction NONE = (tf, means) -> means;

  /**
   * Adds the mean over all processes to the graph of one of them.
   *
   * @param means over this process's part of the batch: the loss and its figures, float32 [], or
   *     the gradients, each of the shape of its variable; as many in every process, in one order
   * @return those over the whole batch, in that order, the same in every process
   */
  List<Operand<TFloat32>> mean(Ops tf, List<Operand<TFloat32>> means);
}

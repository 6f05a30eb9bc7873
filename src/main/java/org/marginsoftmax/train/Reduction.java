package org.marginsoftmax.train;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * How means over parts of a batch become means over the whole batch when several processes each
 * compute a part of the same size. It is applied between the gradients and the update.
 */
@FunctionalInterface
public interface Reduction {
  /** The reduction for a single process, whose part is the whole batch. */
  Reduction NONE = (tf, means) -> means;

  /**
   * Adds the mean over all processes to the graph of one of them.
   *
   * @param means means over this process's part of the batch: the loss and metrics, float32 [], or
   *     the gradients, each of the shape of its variable; the same number in the same order in
   *     every process
   * @return means over the whole batch, in the same order; equal in every process
   */
  List<Operand<TFloat32>> mean(Ops tf, List<Operand<TFloat32>> means);
}

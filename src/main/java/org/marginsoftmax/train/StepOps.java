package org.marginsoftmax.train;

import org.tensorflow.op.Op;

/**
 * The operations that a step runs, one for each of its batches.
 *
 * @param batches number of batches per step
 * @param begin for the first of several batches
 * @param add for those between the first and the last
 * @param stages for the last batch, which updates the variables; which one depends on the step
 */
record StepOps(int batches, Op begin, Op add, Stages stages) {

  /**
   * The operation for a batch of a step.
   *
   * @param batch index of the batch in its step, from 0
   * @param step number of steps already taken
   */
  Op of(int batch, long step) {
    return batch == batches - 1 ? stages.at(step) : batch == 0 ? begin : add;
  }
}

package org.marginsoftmax.train;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * The workers of a training, where each reads its own part of every batch, in place of the process
 * that trains.
 */
public interface SampleReaders {
  /**
   * An epoch, or the rest of one.
   *
   * @param number of the epoch, from 0
   * @param firstBatch index in the epoch of the first batch to read, from 0
   * @param batches that the epoch has in all; those from the first on are read
   * @param trained number of batches trained on before the epoch
   */
  record Epoch(int number, int firstBatch, int batches, long trained) {}

  /**
   * Has all workers begin to read an epoch. The batches of the one before must have been taken.
   *
   * @param order indices of the samples that the epoch visits
   */
  void begin(Epoch epoch, int[] order);

  /**
   * Builds what takes the elements of the next batch that a worker has read, [n, ...], each time
   * that it is run.
   *
   * @param tf ops of the worker
   * @param trained number of batches trained on so far, int64 []; the step fails if the worker has
   *     read another batch
   * @param type of the elements
   */
  <T extends TNumber> Operand<T> next(Ops tf, Operand<TInt64> trained, Class<T> type);
}

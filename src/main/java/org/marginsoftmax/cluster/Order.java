package org.marginsoftmax.cluster;

import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Result;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;

/**
 * What a chief has a worker read, by a queue in the worker.
 *
 * @param text what is to be read, as JSON
 * @param samples indices of samples
 */
record Order(String text, int[] samples) {
  /** The queue of a worker's orders of a chief. */
  static WorkerQueue.Kind queue(String chief) {
    return new WorkerQueue.Kind("orders-" + chief, 4, TString.class, TInt32.class);
  }

  /** An order to read what a record says. */
  static Order of(Object record, int[] samples) {
    return new Order(Texts.of(record), samples);
  }

  /**
   * Gives the order.
   *
   * @throws TensorFlowException if the worker does not answer
   */
  void to(WorkerQueue queue) {
    try (TString said = TString.scalarOf(text);
        TInt32 numbers = TInt32.vectorOf(samples)) {
      queue.put(said, numbers);
    }
  }

  /**
   * Waits for the next order.
   *
   * @throws TensorFlowException if there will be none
   */
  static Order next(WorkerQueue queue) {
    try (Result result = queue.take()) {
      return new Order(
          ((TString) result.get(0)).getObject(), StdArrays.array1dCopyOf((TInt32) result.get(1)));
    }
  }

  /** What it says. */
  <T> T as(Class<T> type) {
    return Texts.read(text, type)
        .orElseThrow(() -> new InvalidInputException("an order of another version"));
  }
}

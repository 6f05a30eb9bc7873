package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;

/**
 * The order in which blocks of classes are worked on. Operations of one block come after another,
 * so that what they share is still in the processor's cache. There are a few rows of blocks, the
 * lanes, next to each other: while one waits for memory, another computes.
 *
 * @param blocks number of blocks, at least 1
 * @param lanes number of lanes, at least 1
 */
record BlockOrder(int blocks, int lanes) {
  /**
   * Builds every block, each after the one before it in its lane.
   *
   * @param body from the number of a block to what is last computed of it; all operations that it
   *     builds with the ops it is given come after the block before
   * @return what is last computed of each block
   */
  <T extends Operand<?>> List<T> each(Ops tf, BiFunction<Ops, Integer, T> body) {
    List<T> ends = new ArrayList<>();
    for (int k = 0; k < blocks; k++) {
      ends.add(body.apply(k < lanes ? tf : tf.withControlDependencies(ends.get(k - lanes)), k));
    }
    return ends;
  }
}

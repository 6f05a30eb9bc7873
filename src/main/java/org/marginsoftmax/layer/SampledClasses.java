package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.types.TInt32;

/**
 * A sample of the classes: those whose centers a step computes with (Partial FC, An 2021,
 * arXiv:2010.05222, section 3.3). It has every label of the batch.
 *
 * @param classes int32 [S], ascending, each once
 * @param firsts where in the sample each block of classes begins, int32 [blocks + 1]
 * @param perBlock number of classes of a block of which some are sampled; the last may have fewer
 * @param of C, number of all classes
 */
public record SampledClasses(
    Operand<TInt32> classes, Operand<TInt32> firsts, int perBlock, int of) {

  /**
   * A sample.
   *
   * @param classes int32 [S], ascending, each once
   * @param perBlock number of classes of a block; the last may have fewer
   * @param of C, number of all classes
   */
  public static SampledClasses of(Ops tf, Operand<TInt32> classes, int perBlock, int of) {
    int blocks = (of + perBlock - 1) / perBlock;
    int[] bounds = new int[blocks + 1];
    for (int k = 0; k <= blocks; k++) {
      bounds[k] = (int) Math.min(of, (long) k * perBlock);
    }
    return new SampledClasses(classes, below(tf, classes, tf.constant(bounds)), perBlock, of);
  }

  /**
   * The sampled classes of each block, counted from the block's first class, int32 [S_k] each.
   *
   * @param tasks processes that the blocks are divided among: each is sent those of its own
   */
  public List<Operand<TInt32>> inBlocks(Ops tf, Tasks tasks) {
    int blocks = (of + perBlock - 1) / perBlock;
    Operand<TInt32> rows =
        tf.math.sub(classes, tf.math.mul(block(tf, classes), tf.constant(perBlock)));
    List<Operand<TInt32>> inBlocks = new ArrayList<>();
    int first = 0;
    while (first < blocks) {
      int worker = tasks.of(first, blocks);
      int end = first;
      while (end < blocks && tasks.of(end, blocks) == worker) {
        end++;
      }
      Ops own = tasks.on(tf, worker);
      Operand<TInt32> bounds = tf.slice(firsts, tf.array(first), tf.array(end - first + 1));
      inBlocks.addAll(split(own, share(tf, rows, bounds, end - first), bounds, end - first));
      first = end;
    }
    return inBlocks;
  }

  /** Those between the first of some bounds and the last. */
  private static Operand<TInt32> share(
      Ops tf, Operand<TInt32> rows, Operand<TInt32> bounds, int last) {
    Operand<TInt32> from = tf.slice(bounds, tf.array(0), tf.array(1));
    return tf.slice(rows, from, tf.math.sub(tf.slice(bounds, tf.array(last), tf.array(1)), from));
  }

  /** Rows in parts that begin and end at bounds, counted from the first of them. */
  private static List<Operand<TInt32>> split(
      Ops tf, Operand<TInt32> rows, Operand<TInt32> bounds, int parts) {
    Operand<TInt32> sizes =
        tf.math.sub(
            tf.slice(bounds, tf.array(1), tf.array(parts)),
            tf.slice(bounds, tf.array(0), tf.array(parts)));
    return List.copyOf(tf.splitV(rows, sizes, tf.constant(0), (long) parts).output());
  }

  /** The block that each of some classes is in, int32 [n]. */
  Operand<TInt32> block(Ops tf, Operand<TInt32> of) {
    return tf.math.div(of, tf.constant(perBlock));
  }

  /** Where in its block's sample each of some sampled classes is, int32 [n]. */
  Operand<TInt32> row(Ops tf, Operand<TInt32> of) {
    return tf.math.sub(below(tf, classes, of), tf.gather(firsts, block(tf, of), tf.constant(0)));
  }

  /** How many of the ascending numbers are below each value, int32 [n]. */
  private static Operand<TInt32> below(Ops tf, Operand<TInt32> ascending, Operand<TInt32> values) {
    return tf.squeeze(
        tf.lowerBound(
            tf.expandDims(ascending, tf.constant(0)), tf.expandDims(values, tf.constant(0))),
        Squeeze.axis(List.of(0L)));
  }
}

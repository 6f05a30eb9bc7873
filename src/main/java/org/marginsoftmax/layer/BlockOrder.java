package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TType;

/**
 * The order in which blocks of classes are worked on, and where. Operations of one block come after
 * another, so that what they share is still in the processor's cache. There are a few rows of
 * blocks, the lanes, next to each other: while one waits for memory, another computes. Each worker
 * has lanes of its own.
 *
 * @param blocks number of blocks, at least 1
 * @param lanes number of lanes, at least 1
 * @param tasks processes that the blocks are divided among
 */
record BlockOrder(int blocks, int lanes, Tasks tasks) {
  /**
   * Builds every block on its worker, each after the one before it in its lane.
   *
   * @param body from the number of a block to what is last computed of it; all operations that it
   *     builds with the ops it is given come after the block before
   * @return what is last computed of each block
   */
  <T extends Operand<?>> List<T> each(Ops tf, BiFunction<Ops, Integer, T> body) {
    List<T> ends = new ArrayList<>();
    for (int k = 0; k < blocks; k++) {
      Ops own = on(tf, k);
      ends.add(body.apply(isFirst(k) ? own : own.withControlDependencies(ends.get(k - lanes)), k));
    }
    return ends;
  }

  /** The worker that has a block; 0 if there is but one process. */
  int worker(int block) {
    return tasks.of(block, blocks);
  }

  /** Ops of the worker that has a block. */
  Ops on(Ops tf, int block) {
    return tasks.on(tf, worker(block));
  }

  /** Whether no block is before this one in its lane. */
  boolean isFirst(int block) {
    return block < lanes || worker(block - lanes) != worker(block);
  }

  /** Whether no block is after this one in its lane. */
  boolean isLast(int block) {
    return block + lanes >= blocks || worker(block + lanes) != worker(block);
  }

  /**
   * Joins what all blocks have, on each worker what its own have, so that it sends one of them.
   *
   * @param join of several
   */
  <T extends TType> Operand<T> joined(
      Ops tf, List<Operand<T>> parts, BiFunction<Ops, List<Operand<T>>, Operand<T>> join) {
    List<Operand<T>> joined = joinedPerWorker(tf, numbered(parts), join);
    return joined.size() == 1 ? joined.get(0) : join.apply(tf, joined);
  }

  /**
   * Joins what blocks of each worker have, on that worker.
   *
   * @param parts by the number of the block, at least one of each worker
   * @param join of several
   * @return one for each worker, in their order
   */
  <T extends TType> List<Operand<T>> joinedPerWorker(
      Ops tf, Map<Integer, Operand<T>> parts, BiFunction<Ops, List<Operand<T>>, Operand<T>> join) {
    List<Operand<T>> joined = new ArrayList<>();
    byWorker(parts)
        .forEach(
            (worker, own) ->
                joined.add(own.size() == 1 ? own.get(0) : join.apply(tasks.on(tf, worker), own)));
    return joined;
  }

  /** What blocks have, by the worker that has it. */
  <T> Map<Integer, List<T>> byWorker(Map<Integer, T> parts) {
    Map<Integer, List<T>> byWorker = new TreeMap<>();
    parts.forEach(
        (block, part) ->
            byWorker.computeIfAbsent(worker(block), none -> new ArrayList<>()).add(part));
    return byWorker;
  }

  /** What all blocks have, by the number of the block. */
  static <T> Map<Integer, T> numbered(List<T> parts) {
    Map<Integer, T> numbered = new LinkedHashMap<>();
    for (int k = 0; k < parts.size(); k++) {
      numbered.put(k, parts.get(k));
    }
    return numbered;
  }
}

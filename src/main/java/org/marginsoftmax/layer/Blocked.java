package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Something for each block of classes. What belongs to a block is built into the graph when it is
 * first asked for, so that a sum over the classes builds all that it needs of one block before it
 * goes on to the next, and the matrices of samples by classes never exist as a whole.
 *
 * @param <T> what a block has
 */
public final class Blocked<T> {
  /**
   * Builds operations of a block.
   *
   * @param <A> what it takes
   * @param <B> what it gives
   */
  @FunctionalInterface
  public interface Step<A, B> {
    /**
     * Builds the operations of one block, all of them with these ops: they say what comes before.
     */
    B apply(Ops tf, A value);
  }

  /**
   * Builds operations of a block from two things that it has.
   *
   * @param <A> the first
   * @param <B> the second
   * @param <C> what it gives
   */
  @FunctionalInterface
  public interface Step2<A, B, C> {
    /**
     * Builds the operations of one block, all of them with these ops: they say what comes before.
     */
    C apply(Ops tf, A first, B second);
  }

  private final BlockOrder order;
  private final BiFunction<Ops, Integer, T> build;
  private final List<T> built;

  Blocked(BlockOrder order, BiFunction<Ops, Integer, T> build) {
    this.order = order;
    this.build = build;
    built = new ArrayList<>(Collections.nCopies(order.blocks(), null));
  }

  /**
   * What each worker makes once for all of its blocks, when the first of them asks. It is for what
   * is of the size of the features: a worker is sent these once, and makes of them what it needs.
   *
   * @param make from ops of the worker, and its number, to what it has
   */
  static <T> Blocked<T> perWorker(BlockOrder order, BiFunction<Ops, Integer, T> make) {
    Map<Integer, T> made = new HashMap<>();
    return new Blocked<>(
        order, (tf, k) -> made.computeIfAbsent(order.worker(k), worker -> make.apply(tf, worker)));
  }

  /** How many blocks there are. */
  int blocks() {
    return order.blocks();
  }

  /** What block k has, built on its worker with these ops if it is not there yet. */
  T at(Ops tf, int k) {
    if (built.get(k) == null) {
      built.set(k, build.apply(order.on(tf, k), k));
    }
    return built.get(k);
  }

  /** What a step makes of what each block has. */
  public <U> Blocked<U> map(Step<T, U> step) {
    return new Blocked<>(order, (tf, k) -> step.apply(tf, at(tf, k)));
  }

  /** What is made of the number of each block and of what it has, without operations. */
  <U> Blocked<U> mapNumbered(BiFunction<Integer, T, U> of) {
    return new Blocked<>(order, (tf, k) -> of.apply(k, at(tf, k)));
  }

  /** What a step makes of what each block has here and there. */
  public <U, V> Blocked<V> with(Blocked<U> other, Step2<T, U, V> step) {
    return new Blocked<>(order, (tf, k) -> step.apply(tf, at(tf, k), other.at(tf, k)));
  }

  /** What ends each block, built block by block in order. */
  <U extends Operand<?>> List<U> each(Ops tf, Step<T, U> end) {
    return order.each(tf, (own, k) -> end.apply(own, at(own, k)));
  }

  /**
   * The sum over the blocks, which builds one after the other.
   *
   * @param part the summand of each block, all of one shape
   */
  public Operand<TFloat32> sum(Ops tf, Step<T, Operand<TFloat32>> part) {
    return order.joined(tf, each(tf, part), (own, parts) -> own.math.addN(parts));
  }

  /**
   * The largest over the blocks, element by element, which builds one after the other.
   *
   * @param part of each block, all of one shape
   */
  public Operand<TFloat32> largest(Ops tf, Step<T, Operand<TFloat32>> part) {
    return largest(tf, each(tf, part));
  }

  /** The largest of what all blocks have, element by element. */
  Operand<TFloat32> largest(Ops tf, List<Operand<TFloat32>> parts) {
    return order.joined(
        tf,
        parts,
        (own, some) -> {
          Operand<TFloat32> largest = some.get(0);
          for (Operand<TFloat32> next : some.subList(1, some.size())) {
            largest = own.math.maximum(largest, next);
          }
          return largest;
        });
  }

  /** All that the blocks have. */
  List<T> all(Ops tf) {
    List<T> all = new ArrayList<>();
    for (int k = 0; k < order.blocks(); k++) {
      all.add(at(tf, k));
    }
    return all;
  }
}

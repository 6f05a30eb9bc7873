package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One of several copies of a backbone, each on a worker with a part of the batch. All are built at
 * the same time, in step: where a layer needs something of the whole batch, each waits for the
 * others, so that the batch is normalised as it would be in one process.
 */
public final class Replica {
  private final Together together;
  private final int number;
  private final Operand<TInt32> first;
  private final Operand<TInt32> own;
  private final Operand<TInt32> samples;

  private Replica(
      Together together,
      int number,
      Operand<TInt32> first,
      Operand<TInt32> own,
      Operand<TInt32> samples) {
    this.own = own;
    this.together = together;
    this.number = number;
    this.first = first;
    this.samples = samples;
  }

  /**
   * Builds one for each worker.
   *
   * @param tf ops of the chief
   * @param sizes of the parts of the batch, int32 [workers]
   * @param build builds that of a worker, by its number
   * @return what was built, in the order of the workers
   */
  public static <T> List<T> each(
      Ops tf, Tasks tasks, Operand<TInt32> sizes, Function<Replica, T> build) {
    Operand<TInt32> samples = tf.reduceSum(sizes, tf.constant(0));
    List<Replica> replicas = new ArrayList<>();
    Together together = new Together(tf, tasks.workers());
    for (int k = 0; k < tasks.workers(); k++) {
      Operand<TInt32> first =
          tf.reduceSum(tf.slice(sizes, tf.array(0), tf.array(k)), tf.constant(0));
      Operand<TInt32> own =
          tf.reshape(tf.slice(sizes, tf.array(k), tf.array(1)), tf.constant(new int[0]));
      replicas.add(new Replica(together, k, first, own, samples));
    }
    return together.run(replicas, build);
  }

  /** Number of the worker, from 0. */
  public int number() {
    return number;
  }

  /** Number of samples of the batch that are before those of this part, int32 []. */
  Operand<TInt32> first() {
    return first;
  }

  /** Number of samples of this part, int32 []. */
  Operand<TInt32> own() {
    return own;
  }

  /** Number of samples of the whole batch, int32 []. */
  Operand<TInt32> samples() {
    return samples;
  }

  /** The sum over all parts of the batch of what each has, all of one shape. */
  Operand<TFloat32> sum(Operand<TFloat32> own) {
    return together.sum(number, own);
  }

  /**
   * Takes turns: one replica is built at a time, until it gives something to be summed. So the
   * graph is the same each time, although the replicas are built by threads of their own.
   */
  private static final class Together {
    private final Ops tf;
    private final int count;
    private final List<Operand<TFloat32>> given = new ArrayList<>();
    private Operand<TFloat32> sum;
    private int turn;
    private Throwable failure;

    Together(Ops tf, int count) {
      this.tf = tf;
      this.count = count;
    }

    <T> List<T> run(List<Replica> replicas, Function<Replica, T> build) {
      List<T> built = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (Replica replica : replicas) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    await(replica.number);
                    T own = build.apply(replica);
                    synchronized (this) {
                      built.add(own);
                    }
                  } catch (Throwable e) { // Thrown again below.
                    fail(e);
                  } finally {
                    pass();
                  }
                },
                "margin-softmax-replica-" + replica.number);
        thread.start();
        threads.add(thread);
      }
      threads.forEach(Together::join);
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure != null) {
        throw (RuntimeException) failure;
      }
      return built;
    }

    Operand<TFloat32> sum(int number, Operand<TFloat32> own) {
      given.add(own);
      if (given.size() == count) {
        sum = count == 1 ? own : tf.math.addN(List.copyOf(given));
        given.clear();
      }
      pass();
      await(number);
      return sum;
    }

    private synchronized void await(int number) {
      while (turn != number && failure == null) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      if (failure != null) {
        throw new IllegalStateException(failure);
      }
    }

    private synchronized void pass() {
      turn = (turn + 1) % count;
      notifyAll();
    }

    private synchronized void fail(Throwable e) {
      failure = failure == null ? e : failure;
    }

    private static void join(Thread thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}

package org.marginsoftmax.cluster;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.train.DivergedException;
import org.marginsoftmax.train.Processes;
import org.marginsoftmax.train.SampleReaders;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingListener;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;

/**
 * The chief of a cluster, in this process, with all of its workers. No other chief can have one of
 * them until this one is closed.
 */
public final class Chief implements Processes, AutoCloseable {
  private final Cluster cluster;
  private final ConfigProto config;
  private final String target;
  private final List<Hold> holds;
  private Readers readers;

  private Chief(Cluster cluster, ConfigProto config, String target, List<Hold> holds) {
    this.cluster = cluster;
    this.config = config;
    this.target = target;
    this.holds = holds;
  }

  /**
   * Waits for all workers and takes them.
   *
   * @param versions of the library and of TensorFlow, by name; workers must have the same
   * @param config of the sessions
   * @param progress gets a line if there is something to wait for
   * @throws InvalidInputException if a worker is not there in time, is not as this process is, or
   *     has another chief, or if this process cannot listen on its address
   */
  public static Chief of(
      Cluster cluster, Map<String, String> versions, ConfigProto config, PrintStream progress) {
    List<Hold> holds = new ArrayList<>();
    try {
      Claim claim = Claim.first();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(cluster.timeout());
      for (int k = 0; k < cluster.workers().size(); k++) {
        Hold hold = Hold.of(cluster, k, versions, claim, end, progress);
        holds.add(hold);
        hold.begin(); // At once: the others may have to be waited for.
      }
      String target = TaskServer.start(cluster, Tasks.CHIEF, 0, cluster.chief(), config, progress);
      return new Chief(cluster, config, target, holds);
    } catch (RuntimeException e) {
      holds.forEach(Hold::close);
      throw e;
    }
  }

  /**
   * Refuses what does not fit into the memory that the workers had when they were started.
   *
   * @param needed from the bytes that a worker takes before training to those that it takes then
   * @throws InvalidInputException if one of them has too little
   */
  public void requireRoom(LongUnaryOperator needed) {
    holds.forEach(hold -> hold.requireRoom(needed));
  }

  /**
   * Has each worker read its part of the samples, unless the cluster file says that the chief reads
   * them. It waits until all have opened them.
   *
   * @param config of the training, as the workers open its samples
   * @param hash of the samples
   * @throws InvalidInputException if a worker cannot read them, or has others
   */
  public void read(String config, String hash) {
    if (cluster.data() == Cluster.Data.CHIEF) {
      return;
    }
    PartReader.Opening opening = new PartReader.Opening(config, hash, holds.size());
    holds.forEach(hold -> hold.read(opening));
    holds.forEach(Hold::awaitReader);
    readers = new Readers(holds.get(0).chief(), holds.stream().map(Hold::orders).toList());
  }

  @Override
  public Tasks tasks() {
    return cluster.tasks();
  }

  @Override
  public SampleReaders readers() {
    return readers;
  }

  /**
   * A session of all processes. There is one at a time: what graphs had in them before is
   * forgotten, also what a chief left that ended without a word.
   */
  @Override
  public Session session(Graph graph) {
    RemoteSession.reset(target, config);
    return RemoteSession.of(graph, target, config);
  }

  /**
   * Does some work with sessions of this cluster, until it is done or a worker is lost: what waits
   * for a worker that does not answer would wait for good.
   *
   * @throws WorkerLostException if a worker is gone, or has not answered for as long as the cluster
   *     file says; the work is then abandoned in mid-step
   */
  public <T> T guard(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "margin-softmax-chief");
    thread.setDaemon(true);
    thread.start();
    while (true) {
      try {
        return task.get(200, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        lost(false)
            .ifPresent(
                lost -> {
                  throw new WorkerLostException(lost, null);
                });
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      } catch (ExecutionException e) {
        throw failure(e.getCause());
      }
    }
  }

  /** The exception for work that failed: that a worker was lost, if one was. */
  private RuntimeException failure(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (!(cause instanceof InvalidInputException || cause instanceof DivergedException)) {
      Optional<String> lost = lost(true);
      if (lost.isPresent()) {
        return new WorkerLostException(lost.get(), cause);
      }
    }
    return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
  }

  /**
   * The workers that are lost and why, in words.
   *
   * @param now whether to ask them now, as something has failed
   */
  private Optional<String> lost(boolean now) {
    List<String> lost =
        holds.stream()
            .parallel()
            .map(hold -> now ? hold.askNow() : hold.silent())
            .flatMap(Optional::stream)
            .toList();
    return lost.isEmpty() ? Optional.empty() : Optional.of(String.join(", and ", lost));
  }

  /**
   * Names workers that are slower than the others, as training goes.
   *
   * @param graph that is trained
   * @param out gets a line each time
   */
  public TrainingListener slowWorkers(TrainingGraph graph, Consumer<String> out) {
    return new SlowWorkers(cluster, graph::workerSeconds, out);
  }

  /** Gives the workers back. */
  @Override
  public void close() {
    if (lost(false).isEmpty() && lost(true).isEmpty()) {
      RemoteSession.reset(target, config);
    }
    holds.forEach(Hold::close);
  }
}

package org.marginsoftmax.cluster;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.exceptions.TensorFlowException;

/** A chief's hold on a worker, which it renews every second. */
final class Hold implements AutoCloseable {
  /** Seconds after which a chief that does not renew its hold has lost it. */
  static final int STALE = 5;

  /** Seconds that a worker is waited for in all that is asked of it. */
  private static final int PATIENCE = 5;

  /** The same where something has failed already. */
  private static final int PATIENCE_NOW = 3;

  private final Cluster cluster;
  private final int task;
  private final WorkerState state;
  private final Notes notes;
  private volatile Claim claim;
  private volatile long answered;
  private volatile Optional<String> trouble = Optional.empty();
  private volatile Optional<String> lost = Optional.empty();
  private volatile boolean closed;
  private volatile WorkerQueue orders;

  private Hold(Cluster cluster, int task, WorkerState state, Notes notes, Claim claim) {
    this.cluster = cluster;
    this.task = task;
    this.state = state;
    this.notes = notes;
    this.claim = claim;
  }

  /**
   * Waits for a worker and takes it.
   *
   * @param end when to give up, as {@link System#nanoTime} counts
   */
  static Hold of(
      Cluster cluster,
      int task,
      Map<String, String> versions,
      Claim claim,
      long end,
      PrintStream progress) {
    String said = cluster.said(task);
    boolean waits = false;
    while (true) {
      Notes notes = notes(cluster, task, PATIENCE);
      String found;
      try {
        Optional<WorkerState> state =
            notes.worker().flatMap(text -> Texts.read(text, WorkerState.class));
        if (state.isPresent()) {
          state.get().require(said, task, cluster, versions);
          requireFree(said, notes, claim, progress);
          return new Hold(cluster, task, state.get(), notes, claim);
        }
        found = "a process that is no worker of margin-softmax, or not yet";
      } catch (TensorFlowException e) {
        found = reason(e);
      } catch (RuntimeException e) {
        notes.close();
        throw e;
      }
      notes.close();
      if (System.nanoTime() > end) {
        throw new InvalidInputException(
            "cluster: expected %s within %d seconds, found %s; start it with worker `cluster` FILE `task` %d"
                .formatted(said, cluster.timeout(), found, task));
      }
      if (!waits) {
        progress.printf("waiting for %s%n", said);
        waits = true;
      }
      pause(500);
    }
  }

  private static Notes notes(Cluster cluster, int task, int patience) {
    return new Notes(task, target(cluster, task), patience);
  }

  private static String target(Cluster cluster, int task) {
    return "grpc://" + cluster.workers().get(task).address();
  }

  private static void requireFree(String said, Notes notes, Claim claim, PrintStream progress) {
    String before = notes.chief();
    if (!before.isBlank()) {
      progress.printf("%s has a chief: waiting %d seconds for a sign of it%n", said, STALE);
      pause(1000L * STALE);
      if (!notes.chief().equals(before)) {
        throw taken(said, before);
      }
    }
    notes.setChief(Texts.of(claim));
    pause(300);
    Optional<Claim> now = Texts.read(notes.chief(), Claim.class);
    if (!now.map(Claim::chief).equals(Optional.of(claim.chief()))) {
      throw taken(said, notes.chief());
    }
  }

  private static InvalidInputException taken(String said, String by) {
    return new InvalidInputException(
        "cluster: expected %s to be free, found that it has a chief, %s; wait for that one to end, or take other workers"
            .formatted(
                said, Texts.read(by, Claim.class).map(Claim::who).orElse("another process")));
  }

  /**
   * Refuses what does not fit into the worker's memory.
   *
   * @param needed from the bytes that its process takes before training to those that it takes then
   */
  void requireRoom(LongUnaryOperator needed) {
    WorkerMemory memory = state.memory();
    long bytes = needed.applyAsLong(memory.process());
    long most = memory.process() + memory.free();
    if (bytes > most) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "memory: expected %.1f GB for its share of the classes in %s, found %.1f GB free; take more workers, a smaller `batch-size` or `partial-fc`",
              bytes / 1e9,
              cluster.said(task),
              most / 1e9));
    }
  }

  /** Who holds it. */
  String chief() {
    return claim.chief();
  }

  /** What the worker is to read; null if nothing. */
  WorkerQueue orders() {
    return orders;
  }

  /** Has the worker open the samples of a training. */
  void read(PartReader.Opening opening) {
    orders = new WorkerQueue(task, target(cluster, task), Order.queue(claim.chief()), PATIENCE);
    Order.of(opening, new int[0]).to(orders);
  }

  /**
   * Waits until the worker has opened the samples.
   *
   * @throws InvalidInputException if it cannot read them, or has others
   */
  void awaitReader() {
    while (pause(200)) {
      Optional<PartReader.State> reader = reader(notes);
      if (reader.isPresent()) {
        if (reader.get().trouble() != null) {
          throw new InvalidInputException(
              "cluster: expected the samples of the chief in %s, found that it cannot take them (%s); have the same there under the same path, or say data: chief in the cluster file"
                  .formatted(cluster.said(task), reader.get().trouble()));
        }
        return;
      }
    }
    throw new IllegalStateException("interrupted while waiting for " + cluster.said(task));
  }

  /** How the worker's reader for this chief does, if there is one. */
  private Optional<PartReader.State> reader(Notes by) {
    return Texts.read(by.reader(), PartReader.State.class)
        .filter(state -> state.chief().equals(claim.chief()));
  }

  /** Renews the hold from now on. */
  void begin() {
    answered = System.nanoTime();
    Thread renewal = new Thread(this::renew, "margin-softmax-worker-" + task);
    renewal.setDaemon(true);
    renewal.start();
  }

  private void renew() {
    while (pause(1000) && !closed) {
      renewOnce();
    }
  }

  /** Not while the hold is given back: the session would be closed in the middle. */
  private synchronized void renewOnce() {
    if (closed) {
      return;
    }
    try {
      lost = lost(notes);
      trouble = lost;
      if (trouble.isEmpty()) {
        claim = claim.renewed();
        notes.setChief(Texts.of(claim));
        answered = System.nanoTime();
      }
    } catch (TensorFlowException e) {
      trouble = Optional.of(reason(e));
      if (cluster.workers().get(task).address().nobodyListens()) {
        lost = Optional.of("nobody listens there");
      }
    }
  }

  /** Why a worker that answers is lost all the same. */
  private Optional<String> lost(Notes by) {
    Optional<WorkerState> now = by.worker().flatMap(text -> Texts.read(text, WorkerState.class));
    if (!now.map(WorkerState::instance).equals(Optional.of(state.instance()))) {
      return Optional.of("started anew");
    }
    Optional<Claim> holder = Texts.read(by.chief(), Claim.class);
    if (!holder.map(Claim::chief).equals(Optional.of(claim.chief()))) {
      return Optional.of("taken by " + holder.map(Claim::who).orElse("nobody"));
    }
    return orders == null
        ? Optional.empty()
        : reader(by)
            .map(PartReader.State::trouble)
            .map(trouble -> "cannot read the samples: " + trouble);
  }

  /** Why the worker is lost, if it has said so, or been silent for too long. */
  Optional<String> silent() {
    if (lost.isPresent()) {
      return lost.map(this::saidLost);
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - answered);
    return seconds <= cluster.timeout()
        ? Optional.empty()
        : Optional.of(
            "%s silent for %d seconds (%s)"
                .formatted(cluster.said(task), seconds, trouble.orElse("no answer")));
  }

  /** Why the worker is lost, if it does not answer now. */
  Optional<String> askNow() {
    // A session of its own: the other may be broken because the worker was for a moment.
    Notes again = notes(cluster, task, PATIENCE_NOW);
    try {
      trouble = lost(again);
      again.close();
    } catch (TensorFlowException e) {
      // A session is not closed without an answer either.
      trouble = Optional.of(reason(e));
    }
    return trouble.map(this::saidLost);
  }

  private String saidLost(String why) {
    return "%s lost (%s)".formatted(cluster.said(task), why);
  }

  /** A cause in a few words. */
  private static String reason(TensorFlowException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Deadline") || message.contains("DEADLINE")) {
      return "no answer";
    }
    if (message.contains("failed to connect") || message.contains("onnection refused")) {
      return "nobody listens there";
    }
    return message.lines().findFirst().orElse("no answer");
  }

  /** Whether the time has passed: not if the thread was interrupted. */
  static boolean pause(long millis) {
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Gives the worker back, if it is not lost. */
  @Override
  public void close() {
    closed = true;
    if (trouble.isPresent()) {
      return;
    }
    synchronized (this) {
      try {
        notes.setChief("");
      } catch (TensorFlowException e) {
        return;
      }
      notes.close();
      if (orders != null) {
        orders.close();
      }
    }
  }
}

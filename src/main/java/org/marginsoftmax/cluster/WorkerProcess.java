package org.marginsoftmax.cluster;

import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.train.Device;

/**
 * A worker: TensorFlow's runtime, which does what the graphs of a chief have it do. It serves one
 * chief after another until it is ended.
 */
public final class WorkerProcess {
  private static final int PATIENCE = 10;

  private WorkerProcess() {}

  /**
   * Serves until it is told to stop.
   *
   * @param task number of the worker, from 0
   * @param versions of the library and of TensorFlow, by name
   * @param memory of this process, asked once TensorFlow is there
   * @param samples opens those of a training, of which this worker reads a part
   * @param stop asked every second
   * @param progress gets a line when it is ready, and when a chief comes or goes
   * @throws InvalidInputException if the cluster has no such worker, or its address is not free
   */
  public static void run(
      Cluster cluster,
      int task,
      Map<String, String> versions,
      Supplier<WorkerMemory> memory,
      TrainingSamples.Opener samples,
      BooleanSupplier stop,
      PrintStream progress) {
    if (task < 0 || task >= cluster.workers().size()) {
      throw new InvalidInputException(
          "task: expected 0..%d, the workers of the cluster file, found %d; give each of them its number"
              .formatted(cluster.workers().size() - 1, task));
    }
    Cluster.Worker own = cluster.workers().get(task);
    String device = own.device() == null ? "auto" : own.device();
    int threads =
        own.threads() == null ? Runtime.getRuntime().availableProcessors() : own.threads();
    String target =
        TaskServer.start(
            cluster,
            Tasks.WORKER,
            task,
            own.address(),
            Device.parse(device).session(threads),
            progress);
    try (Notes notes = new Notes(task, target, PATIENCE)) {
      notes.setChief("");
      notes.setReader("");
      notes.setWorker(
          Texts.of(
              new WorkerState(
                  UUID.randomUUID().toString(),
                  versions,
                  Texts.of(cluster),
                  task,
                  WorkerState.ownOneDnn(),
                  memory.get())));
      progress.printf(
          "%s of %d is ready, with %d threads%n",
          cluster.said(task), cluster.workers().size(), threads);
      serve(
          cluster,
          notes,
          chief -> new PartReader(task, target, chief, samples, notes, progress),
          stop,
          progress);
    }
  }

  /**
   * Follows the chiefs that come and go.
   *
   * @param readers makes what reads samples for a chief
   */
  private static void serve(
      Cluster cluster,
      Notes notes,
      Function<String, PartReader> readers,
      BooleanSupplier stop,
      PrintStream progress) {
    Optional<Claim> before = Optional.empty();
    Optional<PartReader> reader = Optional.empty();
    int silent = 0;
    while (!stop.getAsBoolean() && Hold.pause(1000)) {
      Optional<Claim> now = Texts.read(notes.chief(), Claim.class);
      if (!now.map(Claim::chief).equals(before.map(Claim::chief))) {
        before.ifPresent(gone -> progress.println("the chief has left: " + gone.who()));
        now.ifPresent(come -> progress.println("a chief has come: " + come.who()));
        reader.ifPresent(PartReader::close);
        reader = now.map(come -> readers.apply(come.chief()));
        reader.ifPresent(PartReader::start);
      }
      silent = now.isPresent() && now.equals(before) ? silent + 1 : 0;
      if (silent == Hold.STALE) {
        progress.printf(
            "the chief has been silent for %d seconds; another may take the worker%n", silent);
      }
      if (silent == cluster.timeout()) {
        reader.ifPresent(PartReader::close);
        reader = Optional.empty();
      }
      before = now;
    }
    reader.ifPresent(PartReader::close);
  }
}

package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.cluster.Cluster;
import org.marginsoftmax.cluster.WorkerMemory;
import org.marginsoftmax.cluster.WorkerProcess;

/** Serves trainings over several processes. */
public final class Worker {
  private Worker() {}

  /**
   * Serves one training after another until it is told to stop.
   *
   * @param cluster file that names the processes
   * @param task number of this worker in it, from 0
   * @param progress gets a line when the worker is ready, and when a chief comes or goes
   * @throws InvalidInputException if the file names no such worker, or its address is not free
   */
  public static void run(Path cluster, int task, StopSignal stop, PrintStream progress) {
    WorkerProcess.run(
        Cluster.read(cluster),
        task,
        Versions.ofLibraries(),
        () -> new WorkerMemory(SystemMemory.resident(), SystemMemory.available()),
        config -> SamplesConfig.open(config, progress),
        stop,
        progress);
  }
}

package org.marginsoftmax.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.StopSignal;
import org.marginsoftmax.run.Worker;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code worker}: one process of a cluster. */
@Command(
    name = "worker",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Holds the centres of a range of classes for a training over several processes.",
      "It serves one train --cluster after another, until it is ended with Ctrl-C. Whoever reaches"
          + " its port can run anything in it: see docs/cluster.md."
    })
final class WorkerCommand implements Callable<Integer> {
  @Option(
      names = "--cluster",
      required = true,
      paramLabel = "FILE",
      description = "the processes of the cluster, as JSON or YAML; the same file for all of them")
  private Path cluster;

  @Option(
      names = "--task",
      required = true,
      paramLabel = "K",
      description = "which of the file's workers this is, from 0")
  private int task;

  @Override
  public Integer call() {
    try (StopSignal stop = StopSignal.onInterrupt()) {
      Worker.run(cluster, task, stop, System.err);
    }
    return 0;
  }
}

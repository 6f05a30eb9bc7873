package org.marginsoftmax.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.marginsoftmax.run.RunFolder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a run goes, and how it tells of itself. */
final class OutputOptions {
  @Option(
      names = "--out",
      paramLabel = "RUN",
      description = "run folder; default a new runs/<time>-<head>")
  Path out;

  @Option(
      names = "--resume",
      description =
          "continue the run in --out from its last checkpoint, or start anew if it has none."
              + " The run keeps its options; only --epochs, --steps, --patience, --threads,"
              + " --data-threads, --shards, --cluster, --device, --strict, --alarm-after, --cache and the location of --data"
              + " (--data-format, --data-root) may change")
  boolean resume;

  @Option(names = "--json", description = "print the result as JSON")
  boolean json;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** What was begun in the folder that is to be gone on with; empty for a new one. */
  <T> Optional<T> begun(Function<RunFolder, Optional<T>> read) {
    if (resume && out == null) {
      throw new ParameterException(
          spec.commandLine(),
          "resume: expected the folder of a run, found none; name it with --out RUN");
    }
    return resume ? read.apply(new RunFolder(out)) : Optional.empty();
  }

  /** Trains in the folder asked for, or a new one, which goes again where nothing came into it. */
  <T> T inFolder(String name, Function<RunFolder, T> training) {
    if (out != null) {
      return training.apply(new RunFolder(out));
    }
    RunFolder fresh = RunFolder.fresh(name);
    try {
      return training.apply(fresh);
    } finally {
      fresh.removeIfEmpty();
    }
  }
}

package org.marginsoftmax.cli;

import org.marginsoftmax.run.RunFolder;
import org.marginsoftmax.run.RunRecord;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What {@code --out} and {@code --resume} mean. */
final class Resuming {
  private Resuming() {}

  /** The folder asked for; null for a new one. */
  static RunFolder folder(CommandLine command, OutputOptions output) {
    if (output.resume && output.out == null) {
      throw new ParameterException(
          command, "resume: expected the folder of a run, found none; name it with --out RUN");
    }
    return output.out == null ? null : new RunFolder(output.out);
  }

  /** The options that stand where none are given: the run's own, or the usual ones. */
  static TrainConfig base(RunFolder folder, boolean resume) {
    return resume
        ? folder.config().map(RunRecord::options).orElse(TrainConfig.usual())
        : TrainConfig.usual();
  }
}

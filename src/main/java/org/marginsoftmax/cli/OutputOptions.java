package org.marginsoftmax.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

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
              + " The run keeps its options; only --epochs, --steps, --threads, --device, --strict,"
              + " --alarm-after and the location of --data may change")
  boolean resume;

  @Option(names = "--json", description = "print the result as JSON")
  boolean json;
}

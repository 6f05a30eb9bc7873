package org.marginsoftmax.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a run goes, and how it tells of itself. */
final class OutputOptions {
  @Option(
      names = "--out",
      paramLabel = "RUN",
      description = "folder of the run; default a new runs/<time>-<head>")
  Path out;

  @Option(
      names = "--resume",
      description =
          "go on with the run in --out from its last checkpoint, with its options, of which --epochs,"
              + " --steps, --threads, --device, --strict, --alarm-after and the place of --data may"
              + " change; starts anew where there is no checkpoint")
  boolean resume;

  @Option(names = "--json", description = "print the result as JSON")
  boolean json;
}

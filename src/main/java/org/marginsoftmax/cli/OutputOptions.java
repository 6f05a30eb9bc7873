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
          "go on with the run in --out from its last checkpoint; starts anew where there is none")
  boolean resume;

  @Option(names = "--json", description = "print the result as JSON")
  boolean json;
}

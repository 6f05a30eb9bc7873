package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Compare;
import org.marginsoftmax.run.CompareConfig;
import org.marginsoftmax.run.Comparison;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code compare}: in which figures runs differ. */
@Command(
    name = "compare",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Says in which figures runs or SavedModels differ from the first of them.",
      "All are evaluated on the same test samples, and differences have intervals of 95 %% from"
          + " the same bootstrap replicates."
    })
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "run folders, or SavedModel folders, at least two; the first is the baseline")
  private List<Path> runs;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description =
          "fashion-mnist, or data of any format that train takes; default: the data of the first"
              + " run, fashion-mnist if there are only SavedModels")
  private String data;

  @Option(
      names = "--classes",
      paramLabel = "LIST",
      description = "use the test samples of these classes only, as in 0-4,7")
  private String classes;

  @Mixin private ProtocolOptions protocol = new ProtocolOptions();

  @Option(names = "--out", paramLabel = "FILE.html", description = "write a page, too")
  private Path out;

  @Option(names = "--json", description = "print the comparison as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Comparison comparison =
        Compare.run(
            new CompareConfig(
                runs, data, classes, protocol.pairSamples(), protocol.replicates(), out),
            System.err);
    PrintWriter to = spec.commandLine().getOut();
    if (json) {
      Printing.json(to, comparison);
    } else {
      CompareTable.print(to, comparison);
    }
    return 0;
  }
}

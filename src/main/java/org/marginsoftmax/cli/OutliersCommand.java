package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Outliers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code outliers}: training samples far from their class. */
@Command(
    name = "outliers",
    abbreviateSynopsis = true,
    sortOptions = false,
    description =
        "Lists training samples far from the dominant centre of their class, farthest first:"
            + " most are wrong labels. With sub-centres, the dominant one is the one nearest to most"
            + " samples of the class.")
final class OutliersCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "run folder")
  private Path run;

  @Option(
      names = "--angle",
      paramLabel = "DEGREES",
      defaultValue = "75",
      description = "angle beyond which a sample is an outlier; default ${DEFAULT-VALUE}")
  private double angle;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Outliers.Result result = Outliers.run(run, angle);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, result);
    } else {
      for (Outliers.Found found : result.outliers()) {
        out.printf(
            Locale.ROOT,
            "%6.1f degrees  class %5d %-16s sample %s%n",
            found.angle(),
            found.label(),
            found.className(),
            found.name());
      }
      out.printf(
          Locale.ROOT, "%,d of %,d training samples%n", result.outliers().size(), result.samples());
    }
    out.flush();
    return 0;
  }
}

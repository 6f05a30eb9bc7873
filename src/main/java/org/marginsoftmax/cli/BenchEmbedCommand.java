package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.EmbedBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench embed}. */
@Command(
    name = "embed",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Time in which a model embeds a batch of random rows, from numbers to numbers as embed does,"
          + " relative to that of the bare session run, measured in turns, and how many samples are"
          + " embedded in a second."
    })
final class BenchEmbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description = "a SavedModel folder, or a run folder to use that run's embedding")
  private Path model;

  @Option(
      names = "--signature",
      paramLabel = "S",
      description = "signature to run; default serving_default, or the only one")
  private String signature;

  @Option(
      names = "--output-name",
      paramLabel = "NAME",
      description = "output of the signature; default as for embed")
  private String outputName;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "rows at once; default ${DEFAULT-VALUE}. A model that takes a fixed number is given that")
  private int batch;

  @Mixin private BenchOptions.OfSession session = new BenchOptions.OfSession();

  @Mixin private InputValueOption inputValues = new InputValueOption();

  @Option(names = "--trust", description = "run the model without the audit and the trial")
  private boolean trust;

  @Mixin private BenchOptions bench = new BenchOptions();

  @Override
  public Integer call() {
    EmbedBench.Result result =
        EmbedBench.run(
            new EmbedBench.Config(
                model,
                signature,
                outputName,
                inputValues.all(),
                trust,
                batch,
                session.threads(),
                bench.turns(),
                session.steps()),
            System.err);
    bench.print(spec.commandLine().getOut(), result, out -> words(out, result));
    return 0;
  }

  private static void words(PrintWriter out, EmbedBench.Result result) {
    out.printf(
        Locale.ROOT,
        "%s of %s: batch of %d %s, session %s, ratio %s%n",
        result.output(),
        result.signature(),
        result.batch(),
        Printing.words(result.embedding()),
        Printing.words(result.session()),
        Printing.words(result.ratio()));
    out.printf(
        Locale.ROOT,
        "%.0f samples a second, threads %d%s%n",
        result.samplesPerSecond(),
        result.threads(),
        Printing.memory(result.peakBytes()));
  }
}

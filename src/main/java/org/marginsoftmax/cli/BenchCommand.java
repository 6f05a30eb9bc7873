package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.HeadBench;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: how fast things are, as ratios. */
@Command(
    name = "bench",
    abbreviateSynopsis = true,
    description = "Measures speed, as ratios to bare operations in the same process.",
    subcommands = {BenchCommand.HeadStep.class, BenchTrainCommand.class, BenchEmbedCommand.class})
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected what to measure, found none; say bench head, bench train or bench embed");
  }

  /** {@code bench head}. */
  @Command(
      name = "head",
      abbreviateSynopsis = true,
      sortOptions = false,
      modelTransformer = HeadOptions.class,
      description = {
        "Time of a head's step (forward, loss, both gradients, momentum update) relative to"
            + " that of three bare float32 matrix products of the same shapes, measured in turns.",
        "Of the times, and of the ratio within a turn, it prints the median and the range; of"
            + " the step, how many of the products' multiplications and additions it makes in a"
            + " second, and how many bytes of centres, slots and gradients it reads and writes,"
            + " each once; and the most memory that the process took before what only the bare"
            + " products need."
      })
  static final class HeadStep implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--classes",
        paramLabel = "C",
        defaultValue = "10000",
        description = "number of classes; default ${DEFAULT-VALUE}")
    private int classes;

    @Option(
        names = "--dim",
        paramLabel = "D",
        defaultValue = "512",
        description = "size of the features; default ${DEFAULT-VALUE}")
    private int dimension;

    @Option(
        names = "--batch",
        paramLabel = "N",
        defaultValue = "128",
        description = "batch size; default ${DEFAULT-VALUE}")
    private int batch;

    @Option(
        names = "--device",
        paramLabel = "DEVICE",
        defaultValue = "auto",
        description = "auto (default), cpu or gpu:N")
    private String device;

    @Option(
        names = "--shards",
        paramLabel = "N",
        description = "blocks of centres; default as many as suit the processor's cache")
    private Integer shards;

    @Option(
        names = "--partial-fc",
        paramLabel = "R",
        defaultValue = "1",
        description = "share of the classes that a step has; default ${DEFAULT-VALUE}")
    private double partialFc;

    @Option(
        names = "--precision",
        paramLabel = "TYPE",
        defaultValue = "float32",
        description = "of the head's products: float32 (default) or bfloat16")
    private String precision;

    @Mixin private BenchOptions.OfSession session = new BenchOptions.OfSession();

    @Mixin private BenchOptions bench = new BenchOptions();

    @Override
    public Integer call() {
      HeadConfig config =
          TrainConfig.usual().with(ConfigOptions.given(spec.commandLine().getParseResult())).head();
      HeadBench.Result result =
          HeadBench.run(
              new HeadBench.Config(
                  config,
                  classes,
                  dimension,
                  batch,
                  session.threads(),
                  device,
                  shards,
                  partialFc,
                  precision,
                  bench.turns(),
                  session.steps()),
              System.err);
      bench.print(spec.commandLine().getOut(), result, out -> words(out, result));
      return 0;
    }

    private void words(PrintWriter out, HeadBench.Result result) {
      out.printf(
          Locale.ROOT,
          "%s, N %d, D %d, C %d, %s: step %s, three products %s, ratio %s%n",
          result.head(),
          batch,
          dimension,
          classes,
          result.precision(),
          Printing.words(result.step()),
          Printing.words(result.products()),
          Printing.words(result.ratio()));
      out.printf(
          Locale.ROOT,
          "%d centres, shards %d, threads %d: %.1f GFLOP/s, %.1f GB/s%s%n",
          (long) classes * result.subcenters(),
          result.shards(),
          result.threads(),
          result.flopsPerSecond() / 1e9,
          result.bytesPerSecond() / 1e9,
          Printing.memory(result.peakBytes())
              + (result.peakBytes() == null
                  ? ""
                  : String.format(
                      Locale.ROOT,
                      ", %.1f times the centres",
                      (double) result.peakBytes() / result.centersBytes())));
    }
  }
}

package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.TrainBench;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench train}. */
@Command(
    name = "train",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.WithBackbone.class,
    description = {
      "Time of a run's training step (backbone, head, gradients, update) relative to that of the"
          + " forward and backward pass of its backbone alone, measured in turns, and how many"
          + " samples are trained on in a second.",
      "Takes the options of train; batches are prepared beforehand, without augmentation."
    })
final class BenchTrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--synthetic",
      paramLabel = "C",
      description =
          "in place of data: C classes of random images of --image-size, in colour unless"
              + " --image-color is grey")
  private Integer synthetic;

  @Option(
      names = "--times",
      paramLabel = "N",
      description = "steps per turn; default as many as take about a second")
  private Integer times;

  @Mixin private TrainOptions options = new TrainOptions();

  @Mixin private BenchOptions bench = new BenchOptions();

  @Override
  public Integer call() {
    TrainConfig config =
        TrainConfig.usual().with(ConfigOptions.given(spec.commandLine().getParseResult()));
    TrainBench.Result result =
        TrainBench.run(new TrainBench.Config(config, synthetic, bench.turns(), times), System.err);
    bench.print(spec.commandLine().getOut(), result, out -> words(out, result));
    return 0;
  }

  private static void words(PrintWriter out, TrainBench.Result result) {
    out.printf(
        Locale.ROOT,
        "%s, %s, D %d, C %d: step of %d samples %s, backbone %s, ratio %s%n",
        result.backbone(),
        result.head(),
        result.dimension(),
        result.classes(),
        result.samples(),
        Printing.words(result.step()),
        Printing.words(result.backbonePass()),
        Printing.words(result.ratio()));
    out.printf(
        Locale.ROOT,
        "%.0f samples a second, shards %d, threads %d%s%n",
        result.samplesPerSecond(),
        result.shards(),
        result.threads(),
        Printing.memory(result.peakBytes()));
  }
}

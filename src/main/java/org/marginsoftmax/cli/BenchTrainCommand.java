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
      names = "--turns",
      paramLabel = "N",
      defaultValue = "7",
      description = "number of turns; default ${DEFAULT-VALUE}")
  private int turns;

  @Option(
      names = "--times",
      paramLabel = "N",
      description = "steps per turn; default as many as take about a second")
  private Integer times;

  @Mixin private TrainOptions options = new TrainOptions();

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    TrainConfig config =
        TrainConfig.usual().with(ConfigOptions.given(spec.commandLine().getParseResult()));
    TrainBench.Result result =
        TrainBench.run(new TrainBench.Config(config, synthetic, turns, times), System.err);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, result);
    } else {
      out.printf(
          Locale.ROOT,
          "%s, %s, D %d, C %d: step of %d samples %s ms, backbone %s ms, ratio %s%n",
          result.backbone(),
          result.head(),
          result.dimension(),
          result.classes(),
          result.samples(),
          Printing.spread(result.stepMillis(), result.stepRange(), 2),
          Printing.spread(result.backboneMillis(), result.backboneRange(), 2),
          Printing.spread(result.ratio(), result.ratioRange(), 3));
      out.printf(
          Locale.ROOT,
          "%.0f samples a second, shards %d, threads %d%s%n",
          result.samplesPerSecond(),
          result.shards(),
          result.threads(),
          Printing.memory(result.peakBytes()));
      out.flush();
    }
    return 0;
  }
}

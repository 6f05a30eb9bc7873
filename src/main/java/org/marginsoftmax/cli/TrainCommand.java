package org.marginsoftmax.cli;

import java.util.concurrent.Callable;
import org.marginsoftmax.run.RunFolder;
import org.marginsoftmax.run.RunRecord;
import org.marginsoftmax.run.StopSignal;
import org.marginsoftmax.run.Train;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code train}: one run. */
@Command(
    name = "train",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.WithBackbone.class,
    description = {
      "Trains a network with a margin softmax head and writes a run folder with metrics, a"
          + " report page and a model.",
      "Without arguments: Fashion-MNIST, a small CNN, ArcFace, three epochs."
    })
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private TrainOptions options = new TrainOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() {
    TrainConfig base =
        output.begun(RunFolder::config).map(RunRecord::options).orElse(TrainConfig.usual());
    TrainConfig config = base.with(ConfigOptions.given(spec.commandLine().getParseResult()));
    try (StopSignal stop = StopSignal.onInterrupt()) {
      Train.Result result =
          output.inFolder(
              config.head().name(),
              folder -> Train.run(config, folder, output.resume, stop, System.err));
      Printing.result(spec.commandLine().getOut(), output.json, result);
      return result.finished() ? 0 : Main.INTERRUPTED;
    }
  }
}

package org.marginsoftmax.cli;

import java.util.concurrent.Callable;
import org.marginsoftmax.run.RunFolder;
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
    modelTransformer = HeadOptions.class,
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
    try (StopSignal stop = StopSignal.onInterrupt()) {
      RunFolder folder = Resuming.folder(spec.commandLine(), output);
      TrainConfig base = Resuming.base(folder, output.resume);
      TrainConfig config = options.over(base, spec.commandLine().getParseResult());
      boolean fresh = folder == null;
      if (fresh) {
        folder = RunFolder.fresh(config.head().name());
      }
      Train.Result result;
      try {
        result = Train.run(config, folder, output.resume, stop, System.err);
      } finally {
        if (fresh) {
          folder.removeIfEmpty();
        }
      }
      Printing.result(spec.commandLine().getOut(), output.json, result);
      return result.finished() ? 0 : Main.INTERRUPTED;
    }
  }
}

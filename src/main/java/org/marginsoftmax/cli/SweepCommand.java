package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.run.StopSignal;
import org.marginsoftmax.run.Sweep;
import org.marginsoftmax.run.SweepConfig;
import org.marginsoftmax.run.Train;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sweep}: several margins, side by side. */
@Command(
    name = "sweep",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.ButMargin.class,
    description =
        "Trains the same network once per margin and writes one page with the spheres side by"
            + " side.")
final class SweepCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--margins",
      paramLabel = "M,...",
      split = ",",
      description = "margins to train; default 0,0.1,0.3,0.5")
  private List<Double> margins;

  @Mixin private TrainOptions options = new TrainOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() {
    SweepConfig begun = output.begun(Sweep::config).orElse(SweepConfig.usual());
    TrainConfig config =
        begun.options().with(ConfigOptions.given(spec.commandLine().getParseResult()));
    try (StopSignal stop = StopSignal.onInterrupt()) {
      Sweep.Result result =
          output.inFolder(
              config.head().name() + "-sweep",
              folder ->
                  Sweep.run(
                      config,
                      margins == null ? begun.margins() : margins,
                      folder,
                      output.resume,
                      stop,
                      System.err));
      print(spec.commandLine().getOut(), result);
      return result.finished() ? 0 : Main.INTERRUPTED;
    }
  }

  private void print(PrintWriter out, Sweep.Result result) {
    if (output.json) {
      Printing.json(out, result);
    } else if (result.finished()) {
      table(out, result.runs());
      out.println();
      out.println("page     " + result.folder().resolve("sweep.html"));
    } else {
      out.println("stopped; go on with --resume --out " + result.folder());
    }
    out.flush();
  }

  private static void table(PrintWriter out, Map<Double, Train.Result> runs) {
    out.printf("%-34s", "margin");
    runs.keySet().forEach(margin -> out.printf(Locale.ROOT, " %9s", margin));
    out.println();
    for (Metric metric : runs.values().iterator().next().evaluation().metrics()) {
      out.printf("%-34s", metric.name());
      for (Train.Result run : runs.values()) {
        out.printf(" %9s", Printing.value(run.evaluation().value(metric.name())));
      }
      out.println();
    }
  }
}

package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Check;
import org.marginsoftmax.run.TrainConfig;
import org.marginsoftmax.train.TrainingCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code check}: what can be told before training. */
@Command(
    name = "check",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.class,
    description = {
      "Checks what can be checked before training: samples per class, the initial loss to"
          + " expect, whether scale and margin suit the number of classes and dimensions, memory.",
      "Takes the options of train, which makes the same check. With --strict a warning is an"
          + " error, exit code 2."
    })
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private TrainOptions options = new TrainOptions();

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    TrainConfig config =
        TrainConfig.usual().with(ConfigOptions.given(spec.commandLine().getParseResult()));
    Check.Result result = Check.run(config);
    TrainingCheck check = result.training();
    PrintWriter out = spec.commandLine().getOut();
    Map<String, Object> values = values(check, result.pixelBytes(), result.heapBytes());
    if (json) {
      values.put("losses_assume", check.lossesAssume());
      values.put("warnings", check.warnings());
      values.put("passed_over", result.passedOver());
      Printing.json(out, values);
    } else {
      values.forEach(
          (name, value) ->
              out.printf(
                  Locale.ROOT,
                  value instanceof Double ? "%-24s %12.2f%n" : "%-24s %12d%n",
                  name,
                  value));
      out.println(
          "the losses are those with " + check.lossesAssume() + "; train says that of step 1 too");
      out.println(check.warnings().isEmpty() ? "no warnings" : "");
      check.warnings().forEach(warning -> out.println("warning, " + warning));
    }
    out.flush();
    if (config.loop().strict()) {
      Check.refuseWarnings(check);
    }
    return 0;
  }

  private static Map<String, Object> values(TrainingCheck check, long pixels, long heap) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("samples", check.samples());
    values.put("classes", check.classes());
    values.put("dimension", check.dimension());
    values.put("smallest_class", check.smallestClass());
    values.put("median_class", check.medianClass());
    values.put("largest_class", check.largestClass());
    values.put("singletons", check.singletons());
    values.put("loss_at_start", check.lossAtStart());
    values.put("loss_at_full_margin", check.lossAtFullMargin());
    values.put("adacos_scale", check.adaCosScale());
    values.put("largest_separation_degrees", check.largestSeparation());
    values.put("memory_pixels_mb", megabytes(pixels));
    values.put("java_heap_mb", megabytes(heap));
    // The pixels are in memory already.
    values.put("memory_needed_mb", megabytes(check.memoryNeeded() + pixels));
    values.put("memory_free_mb", megabytes(check.memoryFree() + pixels));
    return values;
  }

  /** Rounded up: a little is not nothing. */
  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}

package org.marginsoftmax.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Check;
import org.marginsoftmax.run.Json;
import org.marginsoftmax.run.TrainConfig;
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
    modelTransformer = HeadOptions.WithBackbone.class,
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
    Check.Result result = Check.run(config, System.err);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, result);
    } else {
      table(out, result);
    }
    out.flush();
    if (config.loop().strict()) {
      Check.refuseWarnings(result.warnings());
    }
    return 0;
  }

  /** The figures by the names that they have in JSON, then the words. */
  private static void table(PrintWriter out, Check.Result result) {
    for (Map.Entry<String, JsonNode> figure : Json.tree(result).properties()) {
      JsonNode value = figure.getValue();
      if (value.isNumber()) {
        out.printf(
            Locale.ROOT,
            value.isDouble() ? "%-24s %12.2f%n" : "%-24s %12d%n",
            figure.getKey(),
            value.numberValue());
      }
    }
    out.println(
        "the losses are those with " + result.lossesAssume() + "; train says that of step 1 too");
    result
        .memoryPartsMb()
        .forEach(
            (part, megabytes) -> out.printf(Locale.ROOT, "  %-22s %12d MB%n", part, megabytes));
    out.println(result.warnings().isEmpty() ? "no warnings" : "");
    result
        .warnings()
        .forEach(warning -> out.println("warning, " + SettingNames.asOptions(warning)));
  }
}

package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.marginsoftmax.augment.Augmentation;
import org.marginsoftmax.augment.Augmentation.StepHelp;
import org.marginsoftmax.run.AugmentPreview;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code augment}: the steps of augmentation, and what they do to samples. */
@Command(
    name = "augment",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Lists the steps and presets of --augment. With --preview, writes a page of training samples"
          + " beside what train is fed of them in its first epochs."
    })
final class AugmentCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--preview", description = "write the page; needs --out")
  private boolean preview;

  @Option(names = "--out", paramLabel = "FILE", description = "the page, an HTML file")
  private Path out;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10",
      description = "samples to show, spread over the classes; default 10")
  private int samples;

  @Option(
      names = "--draws",
      paramLabel = "N",
      defaultValue = "8",
      description = "epochs to show of each; default 8")
  private int draws;

  @Mixin private TrainOptions.Augment augment = new TrainOptions.Augment();

  @Mixin private DataOptions data = new DataOptions();

  @Option(
      names = "--seed",
      descriptionKey = "loop.seed",
      paramLabel = "N",
      description = "seed of the run; default 1")
  private Long seed;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  /** The steps and the presets. */
  record Catalogue(List<StepHelp> steps, Map<String, String> presets) {}

  @Override
  public Integer call() {
    PrintWriter printed = spec.commandLine().getOut();
    Map<String, Object> given = ConfigOptions.given(spec.commandLine().getParseResult());
    if (!preview) {
      if (!given.isEmpty() || out != null) {
        throw new ParameterException(
            spec.commandLine(), "expected --preview with these options, found none");
      }
      Catalogue catalogue = new Catalogue(Augmentation.steps(), Augmentation.presets());
      if (json) {
        Printing.json(printed, catalogue);
      } else {
        table(printed, catalogue);
      }
      return 0;
    }
    if (out == null) {
      throw new ParameterException(spec.commandLine(), "expected --out with --preview, found none");
    }
    AugmentPreview.Result result =
        AugmentPreview.write(TrainConfig.usual().with(given), samples, draws, out, System.err);
    if (json) {
      Printing.json(printed, result);
    } else {
      printed.println("page     " + result.page());
      printed.flush();
    }
    return 0;
  }

  private static void table(PrintWriter out, Catalogue catalogue) {
    out.println("steps, NAME:PROBABILITY:STRENGTH, with what is usual and the largest strength");
    for (StepHelp step : catalogue.steps()) {
      String usual =
          step.name()
              + ":"
              + number(step.probability())
              + (step.strength() == null ? "" : ":" + number(step.strength()));
      String largest =
          step.strength() == null
              ? ""
              : " (%s; largest %s)"
                  .formatted(
                      step.unit(), step.largest() == null ? "all of them" : number(step.largest()));
      out.printf("  %-7s  %-22s  %s%s%n", step.of(), usual, step.what(), largest);
    }
    out.println("presets, for images");
    catalogue.presets().forEach((name, steps) -> out.printf("  %-8s  %s%n", name, steps));
    out.flush();
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%s", value);
  }
}

package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.run.BackboneTable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code backbones}: the catalogue of backbones, and what each costs. */
@Command(
    name = "backbones",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = BackbonesCommand.Options.class,
    description = {
      "Lists the backbones: the samples that each takes, its parameters, its multiply-adds for one"
          + " sample, and its source.",
      "Multiply-adds are those of convolutions and matrix products, counted in the graph; options"
          + " of a backbone change what is counted."
    })
final class BackbonesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Adds the options of the backbones. */
  static final class Options implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec command) {
      return command.addArgGroup(BackboneOptions.group());
    }
  }

  @CommandLine.Option(
      names = "--image-size",
      paramLabel = "N",
      defaultValue = "112",
      description = "height and width of the images, such as 112 or 112x96; default 112")
  private String imageSize;

  @CommandLine.Option(
      names = "--image-channels",
      paramLabel = "N",
      defaultValue = "3",
      description = "channels of the images: 1 of grey ones, 3 of colour; default 3")
  private int channels;

  @CommandLine.Option(
      names = "--frames",
      paramLabel = "T",
      defaultValue = "200",
      description = "frames of an array [T, F]; default 200")
  private int frames;

  @CommandLine.Option(
      names = "--features",
      paramLabel = "F",
      defaultValue = "80",
      description = "numbers of a frame, or of a sample of features [D]; default 80")
  private int features;

  @CommandLine.Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Map<String, Object> given = new LinkedHashMap<>();
    ConfigOptions.given(spec.commandLine().getParseResult())
        .forEach((key, value) -> given.put(key.substring(key.indexOf('.') + 1), value));
    List<BackboneTable.Row> rows =
        BackboneTable.of(given, BackboneTable.Sample.of(imageSize, channels, frames, features));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, rows);
    } else {
      print(out, rows);
      out.flush();
    }
    return 0;
  }

  private static void print(PrintWriter out, List<BackboneTable.Row> rows) {
    out.printf("%-14s %14s %16s  %s%n", "backbone", "parameters", "multiply-adds", "for a sample");
    for (BackboneTable.Row row : rows) {
      String sample = row.sample().stream().map(String::valueOf).collect(Collectors.joining(" x "));
      out.printf(
          "%-14s %14s %16s  %s%s%n",
          row.name(),
          number(row.parameters()),
          number(row.multiplyAdds()),
          sample,
          row.options().isEmpty() ? "" : ", " + options(row.options()));
      line(out, row.refused() == null ? "takes " + row.samples() : row.refused());
      line(out, row.source());
      line(out, row.when());
    }
  }

  private static void line(PrintWriter out, String text) {
    if (!text.isEmpty()) {
      out.println("  " + SettingNames.asOptions(text));
    }
  }

  private static String options(Map<String, Object> options) {
    return options.entrySet().stream()
        .map(o -> o.getKey().replace('_', ' ') + " " + Option.words(o.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String number(Long value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%,d", value);
  }
}

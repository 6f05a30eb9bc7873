package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.run.Embed;
import org.marginsoftmax.run.EmbedConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code embed}: arrays or images through a model. */
@Command(
    name = "embed",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Runs arrays or images through a SavedModel and writes its output as NPY, one row for"
          + " each row of the input, in the same order.",
      "A model whose operations do more than compute is refused (see inspect); any other is"
          + " first tried in a separate process for a limited time."
    })
final class EmbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description = "a SavedModel folder, or a run folder to use that run's embedding")
  private Path model;

  @Option(
      names = "--input",
      paramLabel = "[NAME=]X.NPY",
      description =
          "array for an input of the signature, any numeric type, finite values; NAME if there are several"
              + " inputs; the axis of a single channel may be missing")
  private List<String> inputs = List.of();

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description =
          "instead of arrays: the test samples of an NPZ file or a folder of NPY files with labels"
              + " (README), or the test images of fashion-mnist or of a folder, in the order of the"
              + " files, class by class; for a folder without classes, all images below it."
              + " Unreadable images are reported and skipped. E.names.txt, beside the output, says"
              + " which file each row comes from")
  private String data;

  @Option(
      names = "--output",
      paramLabel = "E.NPY",
      required = true,
      description =
          "where to write; an existing file is replaced once all rows are done. E.NPZ in its place"
              + " has features and labels of --data, which train --data reads")
  private Path output;

  @Option(
      names = "--signature",
      paramLabel = "S",
      description = "signature to run; default serving_default, or the only one")
  private String signature;

  @Option(
      names = "--output-name",
      paramLabel = "NAME",
      description =
          "output of the signature; default the only one, the only float one of shape [N, D], or"
              + " of several such the one named embedding")
  private String outputName;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "rows per batch; default ${DEFAULT-VALUE}. If the model takes a fixed number, that"
              + " number is used and the last batch is padded")
  private int batchSize;

  @Option(
      names = "--image-fit",
      paramLabel = "FIT",
      description =
          "images of other proportions than the model's: stretch, crop, pad or pad:V, as for train;"
              + " default as the run or exported model was trained, else stretch")
  private String imageFit;

  @Mixin private PixelOptions pixels = new PixelOptions();

  @Mixin private InputValueOption inputValues = new InputValueOption();

  @Option(names = "--trust", description = "run the model without the audit and the trial")
  private boolean trust;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Embed.Result result =
        Embed.run(
            new EmbedConfig(
                model,
                files(),
                data,
                output,
                signature,
                outputName,
                batchSize,
                imageFit,
                pixels.config(),
                inputValues.all(),
                trust),
            System.err);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, result);
    } else {
      out.printf(
          Locale.ROOT,
          "%s %s of %s from %s%s, batches of %d, %.1f s%nwritten as %s to %s%s%n",
          result.outputName(),
          result.shape(),
          result.signature(),
          String.join("; ", result.inputs()),
          result.inputScale() == null
              ? ""
              : ", pixels times %s plus %s, %s"
                  .formatted(
                      words(result.inputScale()),
                      words(result.inputOffset()),
                      result.channelOrder()),
          result.batchSize(),
          result.seconds(),
          result.type(),
          result.output(),
          result.names() == null ? "" : ", what the rows are of to " + result.names());
    }
    out.flush();
    return 0;
  }

  private static String words(List<Double> values) {
    return values.stream()
        .map(value -> String.format(Locale.ROOT, "%.6g", value))
        .collect(Collectors.joining(", "));
  }

  /** By name; a file whose own name has an equals sign is that file. */
  private Map<String, Path> files() {
    Map<String, Path> files = new LinkedHashMap<>();
    for (String input : inputs) {
      int equals = Files.exists(Path.of(input)) ? -1 : input.indexOf('=');
      String name = equals < 0 ? "" : input.substring(0, equals);
      if (files.put(name, Path.of(input.substring(equals + 1))) != null) {
        throw new InvalidInputException(
            "inputs: expected each once, found %s twice; give each as --input NAME=FILE.NPY"
                .formatted(name.isEmpty() ? "one without name" : name));
      }
    }
    return files;
  }
}

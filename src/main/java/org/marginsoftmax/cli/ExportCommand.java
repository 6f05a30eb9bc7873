package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Export;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code export}: hands a trained run on. */
@Command(
    name = "export",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "As serving (the default): a SavedModel without variables, preprocessing included,"
          + " with the signatures serving_default (images to embedding), classify (images to the K"
          + " best labels and their scores) and encoded (PNG or JPEG to embedding); assets.extra/"
          + " holds a model card with classes, configuration and thresholds.",
      "As keras, for runs that started from a Keras model: the original folder with the new"
          + " weights, which load_model, TFSMLayer and tf.saved_model.load open; DIR/head, a"
          + " SavedModel from features to embedding and class cosines; DIR/centers.npy, the class"
          + " centres."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "run folder")
  private Path run;

  @Option(
      names = "--as",
      paramLabel = "FORM",
      defaultValue = "serving",
      description = "serving or keras, default ${DEFAULT-VALUE}")
  private String form;

  @Option(names = "--to", required = true, paramLabel = "DIR", description = "a new folder")
  private Path to;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "for TensorFlow Serving: write to DIR/NAME/VERSION, beside other versions")
  private String name;

  @Option(names = "--version", paramLabel = "N", description = "version in that path, at least 1")
  private Integer version;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "number of classes that classify returns; default 5, or all if there are fewer")
  private Integer top;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  // Its own: the usual pair of options has a --version of another kind.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  private boolean help;

  @Override
  public Integer call() {
    Map<String, String> written =
        switch (form) {
          case "serving" -> serving();
          case "keras" -> keras();
          default ->
              throw usage("as: expected serving or keras, found '" + form + "'; say --as keras");
        };
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, written);
    } else {
      written.forEach((what, where) -> out.printf("%-8s %s%n", what, where));
      out.flush();
    }
    return 0;
  }

  private Map<String, String> serving() {
    if ((name == null) != (version == null)) {
      throw usage(
          "export: expected --name and --version together, found "
              + (name == null ? "--version" : "--name")
              + " alone; give both");
    }
    Export.Place place = name == null ? null : new Export.Place(name, version);
    Path model = Export.asServing(run, to, place, top);
    Map<String, String> written = new LinkedHashMap<>();
    written.put("model", model.toString());
    written.put("card", model.resolve("assets.extra").resolve("model-card.json").toString());
    return written;
  }

  private Map<String, String> keras() {
    if (name != null || version != null || top != null) {
      throw usage(
          "export: expected --name, --version and --top with --as serving, found them with --as keras; leave them out");
    }
    Export.asKeras(run, to);
    Map<String, String> written = new LinkedHashMap<>();
    written.put("model", to.toString());
    written.put("head", to.resolve("head").toString());
    written.put("centers", to.resolve("centers.npy").toString());
    return written;
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

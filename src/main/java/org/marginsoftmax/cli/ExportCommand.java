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
      "As serving (the default): a SavedModel of constants, preprocessing included, with the"
          + " signatures serving_default (images to embedding), classify (images to labels and"
          + " scores, the best K) and encoded (PNG or JPEG to embedding); in assets.extra/ a card"
          + " with classes, configuration and thresholds.",
      "As keras: a run that was made from a Keras model, as the original folder with the new"
          + " weights, which load_model, TFSMLayer and tf.saved_model.load open; in DIR/head a"
          + " SavedModel from features to embedding and class cosines; in DIR/centers.npy the class"
          + " centres."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "folder of a run")
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

  @Option(names = "--version", paramLabel = "N", description = "its version, at least 1")
  private Integer version;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "how many classes classify ranks, default 5, or all of fewer")
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

package org.marginsoftmax.cli;

import java.nio.file.Path;
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
      "Writes a run that was made from a Keras model back to Keras: the original folder with the new"
          + " weights, which load_model, TFSMLayer and tf.saved_model.load open.",
      "In DIR/head: a SavedModel from features to embedding and class cosines; in DIR/centers.npy:"
          + " the class centres."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "folder of a run")
  private Path run;

  @Option(names = "--as", required = true, paramLabel = "FORM", description = "keras")
  private String form;

  @Option(names = "--to", required = true, paramLabel = "DIR", description = "a new folder")
  private Path to;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    if (!form.equals("keras")) {
      throw new ParameterException(
          spec.commandLine(), "as: expected keras, found '" + form + "'; say --as keras");
    }
    Export.asKeras(run, to);
    Map<String, Object> written =
        Map.of(
            "model", to.toString(),
            "head", to.resolve("head").toString(),
            "centers", to.resolve("centers.npy").toString());
    if (json) {
      Printing.json(spec.commandLine().getOut(), written);
    } else {
      spec.commandLine().getOut().println("model    " + to);
      spec.commandLine().getOut().println("head     " + to.resolve("head"));
      spec.commandLine().getOut().println("centers  " + to.resolve("centers.npy"));
      spec.commandLine().getOut().flush();
    }
    return 0;
  }
}

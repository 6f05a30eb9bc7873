package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.marginsoftmax.keras.Inspection;
import org.marginsoftmax.run.Inspect;
import org.marginsoftmax.run.Json;
import org.marginsoftmax.run.OptionNames;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: what a SavedModel holds. */
@Command(
    name = "inspect",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Shows what a SavedModel holds: signatures, variables, functions, operations, what"
          + " wrote it, whether it only computes and whether it can be fine-tuned.",
      "The model is read as data and never loaded, so this is safe for untrusted models."
    })
final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "SavedModel folder, or run folder")
  private Path path;

  @Mixin private InputValueOption inputValues = new InputValueOption();

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Inspection inspection = Inspect.run(path, inputValues.all());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ofTrain(Json.text(inspection)));
    } else {
      print(out, inspection);
    }
    out.flush();
    return 0;
  }

  private static void print(PrintWriter out, Inspection inspection) {
    line(out, "model", inspection.path());
    line(out, "written by", writer(inspection));
    line(out, "size", size(inspection.bytes()));
    out.println();
    for (Inspection.Signature signature : inspection.signatures()) {
      line(out, "signature", signature.name());
      signature.inputs().forEach(tensor -> tensor(out, "  in", tensor));
      signature.outputs().forEach(tensor -> tensor(out, "  out", tensor));
    }
    if (inspection.signatures().isEmpty()) {
      line(out, "signature", "none");
    }
    out.println();
    variables(out, inspection);
    out.println();
    functions(out, inspection.functions());
    line(
        out,
        "operations",
        inspection.operations().entrySet().stream()
            .map(e -> e.getKey() + " " + e.getValue())
            .collect(Collectors.joining(", ")));
    out.println();
    verdict(out, "safe to run", inspection.findings(), "yes, it only computes");
    verdict(out, "fine-tuning", inspection.obstacles(), "possible");
    if (inspection.pixels() != null) {
      line(
          out,
          "pixels in",
          "%s (%s)".formatted(inspection.pixels().range(), inspection.pixels().reason()));
    }
    inspection.warnings().forEach(warning -> line(out, "warning", warning));
  }

  /** What is said of a model is said of training it, so the options in it are those of train. */
  private static String ofTrain(String said) {
    return OptionNames.written(said, setting -> "train --" + setting);
  }

  private static void line(PrintWriter out, String name, Object value) {
    out.printf(Locale.ROOT, "%-12s %s%n", name, ofTrain(String.valueOf(value)));
  }

  private static String writer(Inspection inspection) {
    String keras = inspection.maker().kerasVersion();
    String tensorflow = inspection.maker().tensorflowVersion();
    return inspection.maker().kind()
        + (keras == null ? "" : ", Keras " + keras)
        + (tensorflow == null ? "" : ", TensorFlow " + tensorflow);
  }

  private static String size(long bytes) {
    return bytes < 1 << 20
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1048576.0);
  }

  private static void tensor(PrintWriter out, String role, Inspection.Tensor tensor) {
    out.printf("%-12s %-28s %-8s %s%n", role, tensor.name(), tensor.type(), shape(tensor.shape()));
  }

  private static String shape(List<Long> sizes) {
    return sizes == null
        ? "[...]"
        : sizes.stream()
            .map(n -> n == null ? "?" : n.toString())
            .collect(Collectors.joining(", ", "[", "]"));
  }

  private static void variables(PrintWriter out, Inspection inspection) {
    for (Inspection.Variable variable : inspection.variables()) {
      if (variable.used()) {
        out.printf(
            Locale.ROOT,
            "%-12s %-40s %-8s %-18s %11s  %s%n",
            "variable",
            variable.name(),
            variable.type(),
            shape(variable.shape()),
            variable.parameters() == null
                ? "?"
                : String.format(Locale.ROOT, "%,d", variable.parameters()),
            variable.trained() == null ? "" : variable.trained() ? "trained" : "not trained");
      }
    }
    Long trained = inspection.trainedParameters();
    line(
        out,
        "parameters",
        String.format(Locale.ROOT, "%,d", inspection.parameters())
            + (trained == null
                ? ""
                : String.format(Locale.ROOT, ", %,d of them trained", trained)));
    long others = inspection.variables().stream().filter(v -> !v.used()).count();
    if (others > 0) {
      line(
          out,
          "besides",
          String.format(
              Locale.ROOT,
              "%d variables that no signature reads, of %,d numbers; --json lists them",
              others,
              inspection.otherParameters()));
    }
  }

  private static void functions(PrintWriter out, List<Inspection.Function> functions) {
    List<String> training =
        functions.stream()
            .filter(Inspection.Function::training)
            .map(Inspection.Function::name)
            .toList();
    line(out, "functions", functions.size() + (training.isEmpty() ? "" : ", with training=True:"));
    training.forEach(name -> line(out, "", name));
  }

  private static void verdict(PrintWriter out, String name, List<?> against, String otherwise) {
    line(out, name, against.isEmpty() ? otherwise : "no");
    against.forEach(reason -> line(out, "", reason));
  }
}

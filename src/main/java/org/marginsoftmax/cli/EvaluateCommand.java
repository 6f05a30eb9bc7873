package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.run.Evaluate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate}: the figures of a run, computed anew. */
@Command(
    name = "evaluate",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Computes the figures of a run anew, from its best checkpoint.",
      "Of a SavedModel, audited and tried as embed does, those that need no class centres."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "folder of a run, or of a SavedModel")
  private Path run;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description =
          "fashion-mnist, a folder of IDX files, of test files alone too, or of images; classes that were not"
              + " trained are judged without centres; default: what the run was trained on, for a SavedModel"
              + " fashion-mnist")
  private String data;

  @Option(
      names = "--classes",
      paramLabel = "LIST",
      description = "use the test samples of these classes only, as in 0-4,7")
  private String classes;

  @Option(
      names = "--pair-samples",
      paramLabel = "N",
      description = "compare all pairs of up to N test samples; default 2000")
  private Integer pairSamples;

  @Mixin private InputValueOption inputValues = new InputValueOption();

  @Option(names = "--json", description = "print the figures as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Evaluation evaluation =
        Evaluate.run(run, data, classes, pairSamples, inputValues.all(), System.err);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, evaluation);
    } else {
      Printing.figures(out, evaluation);
      out.flush();
    }
    return 0;
  }
}

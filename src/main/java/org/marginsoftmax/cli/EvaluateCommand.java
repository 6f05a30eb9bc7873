package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.run.Evaluate;
import org.marginsoftmax.run.EvaluateConfig;
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
      "Recomputes the metrics of a run from its best checkpoint.",
      "For a SavedModel, computes those that need no class centres; it is audited and tried"
          + " first, as by embed."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "run folder, or SavedModel folder")
  private Path run;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description =
          "fashion-mnist, or data of any format that train takes (docs/data.md; test samples are"
              + " enough); classes that were not trained are evaluated without centres; default: the data of"
              + " the run, for a SavedModel fashion-mnist")
  private String data;

  @Option(
      names = "--classes",
      paramLabel = "LIST",
      description =
          "use the test samples of these classes only, as in 0-4,7, or -3--1,2 for labels below 0")
  private String classes;

  @Option(
      names = "--pair-samples",
      paramLabel = "N",
      description = "compare all pairs of up to N test samples; default 100000")
  private Integer pairSamples;

  @Option(
      names = "--bootstrap",
      paramLabel = "N",
      description =
          "replicates that intervals of 95 %% are from, which draw classes; 0 for none; default 1000")
  private Integer replicates;

  @Option(
      names = "--per-class",
      paramLabel = "FILE.csv",
      description = "write accuracy, samples and the most frequent confusion of each class")
  private Path perClass;

  @Option(
      names = "--confusion",
      paramLabel = "FILE.csv",
      description = "write the confusion matrix: class, the class taken for, number of samples")
  private Path confusion;

  @Mixin private InputValueOption inputValues = new InputValueOption();

  @Option(names = "--json", description = "print the metrics as JSON")
  private boolean json;

  @Override
  public Integer call() {
    Evaluation evaluation =
        Evaluate.run(
            new EvaluateConfig(
                run,
                data,
                classes,
                pairSamples,
                replicates,
                inputValues.all(),
                perClass,
                confusion),
            System.err);
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

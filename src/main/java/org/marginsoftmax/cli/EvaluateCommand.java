package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Evaluate;
import org.marginsoftmax.run.EvaluateConfig;
import org.marginsoftmax.run.PairsConfig;
import picocli.CommandLine.ArgGroup;
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
  /** Which pairs, and how they are grouped. */
  private static final class ListOptions {
    @Option(
        names = "--pairs",
        paramLabel = "FILE",
        description =
            "verify the pairs of a list instead: CSV or TSV, pairs.txt of LFW, .bin of insightface"
                + " (docs/data.md)")
    private Path pairs;

    @Option(
        names = "--data-root",
        paramLabel = "DIR",
        description = "folder that the paths in it are relative to; default that of the list")
    private Path root;

    @Option(
        names = "--templates",
        paramLabel = "FILE",
        description = "list of the images of each template, for pairs of templates")
    private Path templates;

    @Option(
        names = "--by",
        paramLabel = "COLUMN",
        split = ",",
        description = "the same figures for each group of this column of the list, and their gap")
    private List<String> by = List.of();

    PairsConfig config() {
      return new PairsConfig(pairs, root, templates, by);
    }
  }

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

  @ArgGroup(exclusive = false, heading = "A list of pairs, in place of samples:%n")
  private ListOptions list;

  @Option(
      names = "--gallery",
      paramLabel = "DATA",
      description =
          "in place of samples: search the samples of --query in these, and identify them among the"
              + " classes of these, which are matched by name; of data in parts the samples to test on,"
              + " else all")
  private String gallery;

  @Option(
      names = "--query",
      paramLabel = "DATA",
      description = "samples to search in --gallery; those of classes that it lacks are non-mated")
  private String query;

  @Mixin private ProtocolOptions protocol = new ProtocolOptions();

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
    Evaluate.Result found =
        Evaluate.run(
            new EvaluateConfig(
                run,
                data,
                classes,
                list == null ? null : list.config(),
                EvaluateConfig.Search.of(gallery, query),
                protocol.pairSamples(),
                protocol.replicates(),
                inputValues.all(),
                EvaluateConfig.Tables.of(perClass, confusion)),
            System.err);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, found);
    } else {
      Printing.figures(out, found.evaluation());
      if (found.list() != null) {
        Printing.list(out, found.list());
      }
      out.flush();
    }
    return 0;
  }
}

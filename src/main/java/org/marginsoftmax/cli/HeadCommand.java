package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.run.ApplyHead;
import org.marginsoftmax.run.HeadArrays;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.run.HeadList;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code head}: a head on given arrays. */
@Command(
    name = "head",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.class,
    description = {
      "Applies a head to arrays and writes loss.npy (mean, scalar), logits.npy [N, C],"
          + " grad_features.npy [N, D] and grad_centers.npy [C, D] as float32, and state.json if"
          + " the head has a state.",
      "Arrays are NPY files; floats are converted to float32."
    })
final class HeadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--features",
      paramLabel = "F.NPY",
      required = true,
      description = "features [N, D]")
  private Path features;

  @Option(
      names = "--centers",
      paramLabel = "W.NPY",
      required = true,
      description =
          "class centres [C, D], or [C K, D] with the K sub-centres of each class together")
  private Path centers;

  @Option(
      names = "--labels",
      paramLabel = "Y.NPY",
      required = true,
      description = "labels, integers [N] in 0..C-1 or one-hot [N, C]")
  private Path labels;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "where to write")
  private Path out;

  @Option(
      names = "--heads",
      paramLabel = "FILE.JSON",
      description =
          "several heads on the same arrays, each into a sub-folder: a list of objects with"
              + " \"name\" and the options below as in config.json (margin, scale, ...); \"folder\" names"
              + " the sub-folder, by default the head's name")
  private Path heads;

  @Option(
      names = "--margin-strength",
      paramLabel = "SHARE",
      defaultValue = "1",
      description = "share of the margin that acts, as in a warm-up; default ${DEFAULT-VALUE}")
  private double strength;

  @Option(
      names = "--draws",
      paramLabel = "D.NPY",
      description = "for elasticface: standard normal numbers [N]; default drawn from --seed")
  private Path draws;

  @Option(
      names = "--counts",
      paramLabel = "N.NPY",
      description = "for ldam: samples of each class [C]; default counted from the labels")
  private Path counts;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "seed of the draws; default ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--save-model",
      paramLabel = "DIR",
      description =
          "also write the head as a SavedModel: features and labels in; loss, logits,"
              + " probabilities, cosines and gradients out; with --heads one sub-folder each")
  private Path model;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    HeadArrays arrays = HeadArrays.read(features, centers, labels, draws, counts);
    List<HeadList.Entry> entries = entries();
    HeadList.check(entries, arrays);
    List<ApplyHead.Applied> results = new ArrayList<>();
    for (HeadList.Entry entry : entries) {
      results.add(
          ApplyHead.run(
              entry.head(),
              arrays,
              strength,
              seed,
              entry.below(out),
              model == null ? null : entry.below(model)));
    }
    print(spec.commandLine().getOut(), results);
    return 0;
  }

  private List<HeadList.Entry> entries() {
    HeadConfig one =
        TrainConfig.usual().with(ConfigOptions.given(spec.commandLine().getParseResult())).head();
    if (heads == null) {
      return List.of(new HeadList.Entry(one, null));
    }
    if (!one.equals(HeadConfig.arcface())) {
      throw new InvalidInputException(
          "heads: expected the options of each head in "
              + heads
              + ", found some on the command line; put them into the file");
    }
    return HeadList.read(heads);
  }

  private void print(PrintWriter out, List<ApplyHead.Applied> results) {
    if (json) {
      Printing.json(out, heads == null ? results.get(0) : results);
    } else {
      for (ApplyHead.Applied result : results) {
        out.printf(
            Locale.ROOT, "%-22s loss %.6f   %s%n", result.head(), result.loss(), result.folder());
      }
    }
    out.flush();
  }
}

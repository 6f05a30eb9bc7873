package org.marginsoftmax.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.run.OptionNames;
import org.marginsoftmax.run.StopSignal;
import org.marginsoftmax.run.Sweep;
import org.marginsoftmax.run.SweepConfig;
import org.marginsoftmax.run.SweptOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sweep}: runs that differ in some options, ranked. */
@Command(
    name = "sweep",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.OfSweep.class,
    description =
        "Trains a run for each combination of some options, or for some drawn at random, ranks them"
            + " by a validation figure, and writes one page.")
final class SweepCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private SweptOptions swept = new SweptOptions();

  @Option(
      names = "--rank-by",
      paramLabel = "FIGURE",
      description =
          "validation figure that ranks the runs, one of those of --best-by; default --best-by")
  private String rankBy;

  @Mixin private TrainOptions options = new TrainOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() {
    SweepConfig config = config(output.begun(Sweep::config).orElse(null));
    try (StopSignal stop = StopSignal.onInterrupt()) {
      Sweep.Result result =
          output.inFolder(
              config.options().head().name() + "-sweep",
              folder -> Sweep.run(config, folder, output.resume, stop, System.err));
      SweepTable.print(spec.commandLine().getOut(), output.json, result);
      return result.finished() ? 0 : Main.INTERRUPTED;
    }
  }

  /** What is asked for, over what was begun; null for a new sweep. */
  SweepConfig config(SweepConfig begun) {
    SweepConfig usual = begun == null ? SweepConfig.usual() : begun;
    Map<String, Object> given =
        new LinkedHashMap<>(ConfigOptions.given(spec.commandLine().getParseResult()));
    List<SweptOption> over = new ArrayList<>(swept.all());
    if (over.isEmpty()) {
      over.addAll(usual.over());
    }
    for (SweptOption option : over) {
      if (given.containsKey(option.name())) {
        throw new InvalidInputException(
            "sweep: expected `%1$s` with one value or several, found both; give all in one list"
                .formatted(OptionNames.of(option.name())));
      }
    }
    for (String group : List.of("head.", "backbone.")) {
      if (over.stream().anyMatch(o -> o.name().equals(group + "name"))) {
        // Of the heads or backbones that have it.
        given.keySet().stream()
            .filter(name -> name.startsWith(group))
            .forEach(name -> over.add(SweptOption.of(name, given.get(name))));
        given.keySet().removeIf(name -> name.startsWith(group));
      }
    }
    return new SweepConfig(
        over,
        swept.trials == null ? usual.trials() : swept.trials,
        rankBy == null ? usual.rankBy() : rankBy,
        usual.options().with(given));
  }
}

package org.marginsoftmax.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.run.OptionNames;
import org.marginsoftmax.run.SearchRange;
import org.marginsoftmax.run.SweptOption;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code sweep} varies. Values are parsed as those of the options of {@code train}. */
final class SweptOptions {
  private static final String NUMBER =
      "[-+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?";
  private static final Pattern RANGE =
      Pattern.compile("(" + NUMBER + ")\\.\\.(" + NUMBER + ")(:log)?");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--margins",
      paramLabel = "M,...",
      description = "margins to train; default 0,0.1,0.3,0.5 where nothing else varies")
  private String margins;

  @Option(names = "--scales", paramLabel = "S,...", description = "scales to train")
  private String scales;

  @Option(
      names = "--heads",
      paramLabel = "NAME,...",
      description = "heads to train; options that one of them lacks are left out of its runs")
  private String heads;

  @Option(names = "--lrs", paramLabel = "RATE,...", description = "learning rates to train with")
  private String rates;

  @Option(
      names = "--seeds",
      paramLabel = "N,...",
      description = "train every configuration with each of these seeds, and rank by the mean")
  private String seeds;

  @Option(
      names = "--over",
      paramLabel = "NAME=V,...",
      description =
          "values of any other option, by its name without the dashes or that in config.json, as in"
              + " backbone=small-cnn,mobilefacenet; with ; after each of values that have commas; or a"
              + " range to draw numbers from, as in lr=1e-4..1e-1:log, or 0..0.5 without :log;"
              + " repeatable")
  private List<String> over;

  @Option(
      names = "--trials",
      paramLabel = "N",
      description = "draw N configurations by --seed; default all combinations")
  Integer trials;

  /** The options to vary, in the order of their kinds; empty if none is given. */
  List<SweptOption> all() {
    Map<String, String> texts = new LinkedHashMap<>();
    add(texts, "head", heads);
    add(texts, "margin", margins);
    add(texts, "scale", scales);
    add(texts, "lr", rates);
    add(texts, "seed", seeds);
    List<SweptOption> all = new ArrayList<>();
    texts.forEach((name, values) -> all.add(parsed(name, values)));
    for (String each : over == null ? List.<String>of() : over) {
      int equals = each.indexOf('=');
      if (equals < 1) {
        throw refused(
            "over: expected NAME=VALUES, found '%s', as in --over dropout-rate=0,0.2", each);
      }
      all.add(parsed(each.substring(0, equals), each.substring(equals + 1)));
    }
    return all;
  }

  private static void add(Map<String, String> texts, String name, String values) {
    if (values != null) {
      texts.put(name, values);
    }
  }

  private SweptOption parsed(String name, String values) {
    OptionSpec option = option(name);
    String key = option.descriptionKey();
    Matcher range = RANGE.matcher(values);
    if (range.matches()) {
      return SweptOption.within(
          key,
          new SearchRange(
              Double.parseDouble(range.group(1)),
              Double.parseDouble(range.group(2)),
              range.group(3) != null));
    }
    // Values that have commas themselves.
    String separator = values.contains(";") ? ";" : ",";
    String listed = values.endsWith(";") ? values.substring(0, values.length() - 1) : values;
    List<Object> parsed = new ArrayList<>();
    for (String value : listed.split(separator, -1)) {
      parsed.add(value(option, value.strip()));
    }
    return new SweptOption(key, parsed, null);
  }

  private OptionSpec option(String name) {
    CommandSpec train = spec.root().subcommands().get("train").getCommandSpec();
    OptionSpec option = train.findOption("--" + OptionNames.of(name));
    if (option == null || !isOfRun(option)) {
      List<String> names =
          train.options().stream()
              .filter(SweptOptions::isOfRun)
              .map(o -> o.longestName().substring(2))
              .toList();
      throw refused(
          "over: expected an option of train, found '%s'"
              + Spelling.nearest(name, names).map(m -> "; did you mean " + m + "?").orElse(""),
          name);
    }
    return option;
  }

  /** Whether it is kept in {@code config.json}. */
  private static boolean isOfRun(OptionSpec option) {
    return option.descriptionKey() != null
        && !option.descriptionKey().isEmpty()
        && !option.usageHelp()
        && !option.versionHelp();
  }

  /** As {@code train} parses it. */
  private Object value(OptionSpec option, String text) {
    if (text.isEmpty()) {
      throw refused("%s: expected a value between the commas, found none", option.longestName());
    }
    try {
      CommandLine train = new CommandLine(new TrainCommand());
      return ConfigOptions.given(train.parseArgs(option.longestName() + "=" + text))
          .get(option.descriptionKey());
    } catch (ParameterException e) {
      // Said of this command, with its help.
      throw new ParameterException(
          spec.commandLine(), e.getMessage(), e, e.getArgSpec(), e.getValue());
    }
  }

  private ParameterException refused(String message, String found) {
    return new ParameterException(spec.commandLine(), message.formatted(found));
  }
}

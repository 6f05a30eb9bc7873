package org.marginsoftmax.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Options on the command line that are options of {@code config.json}. */
final class ConfigOptions {
  private ConfigOptions() {}

  /**
   * What was given, by the names of {@code config.json}: an option has its name there, such as
   * {@code optimizer.learning_rate}, as its description key.
   */
  static Map<String, Object> given(ParseResult parsed) {
    Map<String, Object> given = new LinkedHashMap<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      String name = option.descriptionKey();
      if (name != null && !name.isEmpty()) {
        given.put(name, option.getValue());
      }
    }
    return given;
  }
}

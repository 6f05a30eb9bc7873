package org.marginsoftmax.cli;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.option.Option;
import picocli.CommandLine.Model.OptionSpec;

/** Options of a catalogue, of heads or backbones, as options of a command. */
final class CatalogueOptions {
  private CatalogueOptions() {}

  /**
   * An option.
   *
   * @param key its name in {@code config.json}
   */
  static OptionSpec option(String flag, String key, String label, String description) {
    return OptionSpec.builder(flag)
        .descriptionKey(key)
        .type(String.class)
        .paramLabel(label)
        .description(SettingNames.asOptions(description).replace("%", "%%"))
        .build();
  }

  /** One option of each name, of the first that has it. */
  static Collection<Option<?>> distinct(Collection<List<Option<?>>> owners) {
    Map<String, Option<?>> distinct = new LinkedHashMap<>();
    owners.forEach(options -> options.forEach(o -> distinct.putIfAbsent(o.name(), o)));
    return distinct.values();
  }

  /**
   * The option's line, and what is usual with whom: what most have comes first.
   *
   * @param owners the options of each head or backbone, by name
   */
  static String description(Option<?> option, Map<String, List<Option<?>>> owners) {
    Map<String, List<String>> names =
        owners.entrySet().stream()
            .filter(owner -> usual(owner.getValue(), option.name()) != null)
            .collect(
                Collectors.groupingBy(
                    owner -> usual(owner.getValue(), option.name()),
                    LinkedHashMap::new,
                    Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
    if (names.isEmpty()) {
      return option.help();
    }
    String most =
        names.keySet().stream()
            .reduce((a, b) -> names.get(b).size() > names.get(a).size() ? b : a)
            .orElseThrow();
    StringBuilder text = new StringBuilder(option.help() + "; default " + most);
    names.forEach(
        (value, with) -> {
          if (!value.equals(most)) {
            text.append("; ").append(String.join(", ", with)).append(' ').append(value);
          }
        });
    return text.toString();
  }

  private static String usual(List<Option<?>> options, String name) {
    return options.stream()
        .filter(option -> option.name().equals(name) && option.usual() != null)
        .map(option -> Option.words(option.usual()).replace(", ", ",").replaceAll("\\.0\\b", ""))
        .findFirst()
        .orElse(null);
  }
}

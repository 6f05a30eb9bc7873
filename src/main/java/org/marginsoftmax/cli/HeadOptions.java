package org.marginsoftmax.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.marginsoftmax.head.HeadOption;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.run.HeadConfig;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code --head} and the options of all heads, as the catalogue has them, in a group of their own:
 * nothing here knows a head.
 */
class HeadOptions implements IModelTransformer {
  private static final String HEAD = "--head";

  /** Of a sweep, which varies the margin. */
  static final class ButMargin extends HeadOptions {
    @Override
    boolean takes(HeadOption<?> option) {
      return !Set.of("margin", "margins", "class_margins").contains(option.name());
    }
  }

  boolean takes(HeadOption<?> option) {
    return true;
  }

  @Override
  public CommandSpec transform(CommandSpec command) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading("%nOptions of the head:%n");
    group.addArg(option(HEAD, "NAME", String.join(", ", Heads.names()) + "; default arcface"));
    List<HeadType> heads = Heads.all();
    Heads.options().stream()
        .filter(this::takes)
        .forEach(o -> group.addArg(option(o.flag(), o.label(), description(o, heads))));
    return command.addArgGroup(group.build());
  }

  /** The head: what was given, over what the base has. */
  static HeadConfig over(HeadConfig base, ParseResult parsed) {
    Map<String, String> given = new LinkedHashMap<>();
    parsed.matchedOptions().stream()
        .filter(o -> o.group() != null && o.group().args().size() > 1)
        .forEach(o -> given.put(o.longestName(), o.getValue()));
    String name = given.remove(HEAD);
    // Another head than the base's begins with its own usual values.
    HeadConfig head = name == null || name.equals(base.name()) ? base : HeadConfig.named(name);
    for (Map.Entry<String, String> option : given.entrySet()) {
      head = head.with(option.getKey().substring(2).replace('-', '_'), option.getValue());
    }
    return head;
  }

  private static OptionSpec option(String flag, String label, String description) {
    return OptionSpec.builder(flag)
        .type(String.class)
        .paramLabel(label)
        .description(description.replace("%", "%%"))
        .build();
  }

  /** The option's line, and what is usual with which head: what most have comes first. */
  private static String description(HeadOption<?> option, List<HeadType> all) {
    Map<String, List<String>> heads =
        all.stream()
            .filter(head -> usual(head, option.name()) != null)
            .collect(
                Collectors.groupingBy(
                    head -> usual(head, option.name()),
                    LinkedHashMap::new,
                    Collectors.mapping(HeadType::name, Collectors.toList())));
    if (heads.isEmpty()) {
      return option.help();
    }
    String most =
        heads.keySet().stream()
            .reduce((a, b) -> heads.get(b).size() > heads.get(a).size() ? b : a)
            .orElseThrow();
    StringBuilder text = new StringBuilder(option.help() + "; default " + most);
    heads.forEach(
        (value, names) -> {
          if (!value.equals(most)) {
            text.append("; ").append(String.join(", ", names)).append(' ').append(value);
          }
        });
    return text.toString();
  }

  private static String usual(HeadType head, String name) {
    return head.options().stream()
        .filter(option -> option.name().equals(name) && option.usual() != null)
        .map(option -> HeadOption.words(option.usual()).replace(", ", ","))
        .findFirst()
        .orElse(null);
  }
}

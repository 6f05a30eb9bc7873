package org.marginsoftmax.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.head.HeadOption;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code --head} and the options of all heads, as the catalogue has them, in a group of their own:
 * nothing here knows a head.
 */
class HeadOptions implements IModelTransformer {
  private static final String HEAD = "--head";

  /** A mixin without options, whose user object is what was thrown. */
  private static final String REFUSAL = "refusal";

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
    try {
      return command.addArgGroup(group(command));
    } catch (InvalidInputException e) {
      return command.addMixin(REFUSAL, CommandSpec.wrapWithoutInspection(e));
    }
  }

  /**
   * Why a command has no options of heads: a jar's head that cannot be used. Only commands that
   * take heads are asked, so that the others go on working.
   */
  static Optional<InvalidInputException> refusal(CommandSpec command) {
    return Optional.ofNullable(command.mixins().get(REFUSAL))
        .map(mixin -> (InvalidInputException) mixin.userObject());
  }

  private ArgGroupSpec group(CommandSpec command) {
    List<HeadType> heads = Heads.all();
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading("%nOptions of the head:%n");
    group.addArg(
        option(
            HEAD,
            "name",
            "NAME",
            heads.stream().map(HeadType::name).collect(Collectors.joining(", "))
                + "; default arcface"));
    for (HeadOption<?> option : Heads.options(heads).stream().filter(this::takes).toList()) {
      if (command.findOption(option.flag()) != null || option.flag().equals(HEAD)) {
        throw new InvalidInputException(
            "head: expected options that no command has, found %s of %s; rename it"
                .formatted(option.flag(), takers(option, heads)));
      }
      group.addArg(
          option(option.flag(), option.name(), option.label(), description(option, heads)));
    }
    return group.build();
  }

  private static String takers(HeadOption<?> option, List<HeadType> heads) {
    return heads.stream()
        .filter(head -> head.options().stream().anyMatch(o -> o.name().equals(option.name())))
        .map(HeadType::name)
        .collect(Collectors.joining(", "));
  }

  /** An option whose key is its name in {@code config.json}. */
  private static OptionSpec option(String flag, String name, String label, String description) {
    return OptionSpec.builder(flag)
        .descriptionKey("head." + name)
        .type(String.class)
        .paramLabel(label)
        .description(SettingNames.asOptions(description).replace("%", "%%"))
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

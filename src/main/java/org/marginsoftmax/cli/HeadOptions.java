package org.marginsoftmax.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.option.Option;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code --head} and the options of all heads, as the catalogue has them, in a group of their own:
 * nothing here knows a head.
 */
class HeadOptions implements IModelTransformer {
  private static final String HEAD = "--head";
  private static final String KEY = "head.";

  /** A mixin without options, whose user object is what was thrown. */
  private static final String REFUSAL = "refusal";

  /** Of training, beside those of the backbone. */
  static class WithBackbone extends HeadOptions {
    @Override
    public CommandSpec transform(CommandSpec command) {
      return super.transform(command.addArgGroup(BackboneOptions.group()));
    }
  }

  /** Of a sweep, whose {@code --margins} are several values of {@code --margin}. */
  static final class OfSweep extends WithBackbone {
    @Override
    boolean takes(Option<?> option) {
      return !option.name().equals("margins");
    }
  }

  boolean takes(Option<?> option) {
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
    Map<String, List<Option<?>>> owners = new LinkedHashMap<>();
    heads.forEach(head -> owners.put(head.name(), head.options()));
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading("%nOptions of the head:%n");
    group.addArg(
        CatalogueOptions.option(
            HEAD,
            KEY + "name",
            "NAME",
            heads.stream().map(HeadType::name).collect(Collectors.joining(", "))
                + "; default arcface"));
    for (Option<?> option : Heads.options(heads).stream().filter(this::takes).toList()) {
      if (command.findOption(option.flag()) != null || option.flag().equals(HEAD)) {
        throw new InvalidInputException(
            "head: expected options that no command has, found %s of %s; rename it"
                .formatted(option.flag(), takers(option, heads)));
      }
      group.addArg(
          CatalogueOptions.option(
              option.flag(),
              KEY + option.name(),
              option.label(),
              CatalogueOptions.description(option, owners)));
    }
    return group.build();
  }

  private static String takers(Option<?> option, List<HeadType> heads) {
    return heads.stream()
        .filter(head -> head.options().stream().anyMatch(o -> o.name().equals(option.name())))
        .map(HeadType::name)
        .collect(Collectors.joining(", "));
  }
}

package org.marginsoftmax.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.option.Option;
import picocli.CommandLine.Model.ArgGroupSpec;

/**
 * {@code --backbone} and the options of all built-in backbones, as the catalogue has them, in a
 * group of their own: nothing here knows a backbone.
 */
final class BackboneOptions {
  private static final String KEY = "backbone.";

  private BackboneOptions() {}

  static ArgGroupSpec group() {
    Map<String, List<Option<?>>> owners = new LinkedHashMap<>();
    Backbones.ours().forEach(type -> owners.put(type.name(), type.options()));
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading("%nOptions of the backbone:%n");
    group.addArg(
        CatalogueOptions.option(
            "--backbone",
            KEY + "name",
            "NAME",
            Backbones.ours().stream().map(BackboneType::name).collect(Collectors.joining(", "))
                + ", or one from a jar of yours on MARGIN_SOFTMAX_CLASSPATH (docs/java.md); default"
                + " small-cnn for images, none for features"));
    CatalogueOptions.distinct(owners.values())
        .forEach(
            option ->
                group.addArg(
                    CatalogueOptions.option(
                        option.flag(), KEY + option.name(), option.label(), help(option, owners))));
    return group.build();
  }

  private static String help(Option<?> option, Map<String, List<Option<?>>> owners) {
    String help = CatalogueOptions.description(option, owners);
    return option.name().equals("embedding")
        ? help + "; with `from-keras` the size of an additional layer above them, default none"
        : help;
  }
}

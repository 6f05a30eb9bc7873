package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.option.Option;

/**
 * The options of a training run by their names in {@code config.json}, and what their values are.
 */
final class OptionTypes {
  private static final String HEAD = "head";
  private static final String BACKBONE = "backbone";

  private OptionTypes() {}

  /** The class of the values of each option, such as {@code double.class} for a learning rate. */
  static Map<String, Class<?>> all() {
    Map<String, Class<?>> types = new LinkedHashMap<>();
    for (RecordComponent group : TrainConfig.class.getRecordComponents()) {
      switch (group.getName()) {
        case HEAD -> add(types, HEAD, Heads.all().stream().map(HeadType::options).toList());
        case BACKBONE -> {
          add(types, BACKBONE, Backbones.ours().stream().map(BackboneType::options).toList());
          types.putIfAbsent("backbone.embedding", Integer.class);
        }
        default -> {
          for (RecordComponent option : group.getType().getRecordComponents()) {
            types.put(group.getName() + "." + snake(option.getName()), option.getType());
          }
        }
      }
    }
    return types;
  }

  private static void add(
      Map<String, Class<?>> types, String group, Collection<List<Option<?>>> owners) {
    types.put(group + ".name", String.class);
    owners.forEach(
        options ->
            options.forEach(
                o ->
                    types.merge(
                        group + "." + o.name(),
                        o.type(),
                        // What is whole with one head is any number with others.
                        (a, b) -> b == Double.class ? b : a)));
  }

  private static String snake(String name) {
    return SnakeCaseStrategy.INSTANCE.translate(name);
  }

  /**
   * The name in {@code config.json} of an option that is called by it, as {@code
   * optimizer.learning_rate}, or as on the command line, {@code lr}.
   *
   * @throws InvalidInputException if there is no such option
   */
  static String key(String name) {
    Set<String> keys = all().keySet();
    if (name != null && keys.contains(name)) {
      return name;
    }
    return keys.stream()
        .filter(key -> OptionNames.of(key).equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name, keys));
  }

  private static InvalidInputException unknown(String name, Set<String> keys) {
    return new InvalidInputException(
        "over: expected an option of train, found %s; %s"
            .formatted(
                name == null ? "none" : "'" + name + "'",
                Spelling.nearest(String.valueOf(name), keys.stream().map(OptionNames::of).toList())
                    .map(meant -> "did you mean " + meant + "?")
                    .orElse("name one as lr or head.margin")));
  }

  /** Whether the values of an option are numbers. */
  static boolean isNumber(String key) {
    Class<?> type = all().get(key);
    return type != boolean.class && type.isPrimitive() || Number.class.isAssignableFrom(type);
  }

  /** Whether the values of an option are whole numbers. */
  static boolean isWhole(String key) {
    return List.of(int.class, Integer.class, long.class, Long.class).contains(all().get(key));
  }

  /**
   * Whether a head or a backbone has an option. Of what is not built in only the size of its
   * features can be chosen.
   *
   * @param group {@code head} or {@code backbone}
   * @param owner its name
   */
  static boolean has(String group, String owner, String option) {
    List<Option<?>> options =
        group.equals(HEAD)
            ? Heads.named(owner).options()
            : Backbones.ours().stream()
                .filter(type -> type.name().equals(owner))
                .map(BackboneType::options)
                .findFirst()
                .orElse(null);
    return options == null
        ? option.equals("embedding")
        : options.stream().anyMatch(o -> o.name().equals(option));
  }
}

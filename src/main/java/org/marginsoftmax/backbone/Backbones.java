package org.marginsoftmax.backbone;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.Providers;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/** The catalogue of named backbones: the built-in ones, and those from jars on the class path. */
public final class Backbones {
  private static final Map<String, BackboneType> OURS = byName();

  private Backbones() {}

  private static Map<String, BackboneType> byName() {
    Map<String, BackboneType> byName = new LinkedHashMap<>();
    Stream.of(
            List.of(new SmallCnn.Type()),
            IResNet.all(),
            List.of(new MobileFaceNet()),
            ResNet.all(),
            List.of(new XVector(), new EcapaTdnn(), new NoBackbone.Type()))
        .flatMap(List::stream)
        .forEach(type -> byName.put(type.name(), type));
    return Collections.unmodifiableMap(byName);
  }

  /** A backbone from a jar, whose only option is the size of its features. */
  private record Provided(BackboneProvider provider) implements BackboneType {
    private static final Option<Integer> EMBEDDING =
        Option.whole(
            "embedding",
            "D",
            "a size of the features",
            Range.of(1, 1 << 20),
            CommonOptions.EMBEDDING.usual(),
            CommonOptions.EMBEDDING.help());

    @Override
    public String name() {
      return provider.name();
    }

    @Override
    public List<Option<?>> options() {
      return List.of(EMBEDDING);
    }

    @Override
    public Backbone backbone(OptionValues values) {
      return provider.backbone(values.get(EMBEDDING));
    }
  }

  /** The built-in backbones, without those from jars. */
  public static List<BackboneType> ours() {
    return List.copyOf(OURS.values());
  }

  /**
   * All backbones: the built-in ones first, then those from jars, sorted by name.
   *
   * @throws InvalidInputException if a provider from a jar cannot be loaded, or its name is taken
   *     or malformed
   */
  public static List<BackboneType> all() {
    List<BackboneType> all = new ArrayList<>(OURS.values());
    Providers.byName(
            BackboneProvider.class, "backbone", "providers", BackboneProvider::name, OURS.keySet())
        .values()
        .forEach(provider -> all.add(new Provided(provider)));
    return List.copyOf(all);
  }

  /** The names of all backbones: the built-in ones first, then those from jars, sorted. */
  public static List<String> names() {
    return all().stream().map(BackboneType::name).toList();
  }

  /**
   * The backbone with this name.
   *
   * @throws InvalidInputException if there is none, or if it is not built in and a provider from a
   *     jar cannot be loaded
   */
  public static BackboneType named(String name) {
    if (OURS.containsKey(name)) {
      return OURS.get(name);
    }
    List<BackboneType> all = all();
    return all.stream()
        .filter(type -> type.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name, all.stream().map(BackboneType::name).toList()));
  }

  private static InvalidInputException unknown(String name, List<String> names) {
    return new InvalidInputException(
        "backbone: expected one of %s, found '%s'; %s"
            .formatted(
                String.join(", ", names),
                name,
                Spelling.nearest(name, names)
                    .map(meant -> "did you mean " + meant + "?")
                    .orElse(
                        "choose one of these, or put the jar of one of your own on the class path (MARGIN_SOFTMAX_CLASSPATH)")));
  }

  /**
   * A backbone by its name.
   *
   * @param given values of its options by name, as {@link Option#read} accepts them
   * @throws InvalidInputException if there is none of that name, it lacks one of the options or a
   *     value is not allowed, or a provider from a jar cannot be loaded, throws or returns null
   */
  public static Backbone of(String name, Map<String, ?> given) {
    BackboneType type = named(name);
    Map<String, Object> read = new LinkedHashMap<>();
    given.forEach((option, value) -> read.put(option, option(type, option).read(value, name)));
    return type.backbone(new OptionValues(type.options(), read));
  }

  /**
   * A backbone by its name, with features of this size and other options at their defaults.
   *
   * @param embedding D, the size of its features
   * @throws InvalidInputException as {@link #of(String, Map)}
   */
  public static Backbone of(String name, int embedding) {
    return of(name, Map.of(CommonOptions.EMBEDDING.name(), embedding));
  }

  /**
   * The option of a backbone with this name.
   *
   * @throws InvalidInputException if the backbone has no such option
   */
  public static Option<?> option(BackboneType type, String name) {
    return type.options().stream()
        .filter(option -> option.name().equals(name))
        .findFirst()
        .orElseThrow(() -> refused(type, name));
  }

  private static InvalidInputException refused(BackboneType type, String option) {
    List<String> takers =
        OURS.values().stream()
            .filter(other -> other.options().stream().anyMatch(o -> o.name().equals(option)))
            .map(BackboneType::name)
            .toList();
    return new InvalidInputException(
        "%s: expected none with `backbone` %s, found one; %s, leave it out"
            .formatted(
                option.replace('_', ' '),
                type.name(),
                takers.isEmpty()
                    ? "no backbone has one of that name"
                    : "only " + String.join(", ", takers) + " have one"));
  }
}

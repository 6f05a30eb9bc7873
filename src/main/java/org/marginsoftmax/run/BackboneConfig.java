package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.Range;

/**
 * A backbone by name, with the options that differ from its defaults.
 *
 * @param name one of {@link Backbones#names}, or {@code keras} for a Keras model that is fine-tuned
 *     ({@link KerasConfig}); null to choose by the data: {@code small-cnn} for images, {@code none}
 *     for features [D]
 * @param options by the names of {@link BackboneType#options}, as {@code config.json} writes them:
 *     numbers or text. With {@code keras}, {@code embedding} is the size of a new embedding layer,
 *     which there is none of without it. With {@code none} there is no option, since the data are
 *     the features
 */
public record BackboneConfig(String name, Map<String, Object> options) {
  /** The name that stands for a Keras model as the backbone. */
  public static final String KERAS = "keras";

  private static final String NAME = "name";
  private static final String EMBEDDING = "embedding";

  /** Of what is not built in, which knows its own limits. */
  private static final Option<Integer> SIZE =
      Option.whole(EMBEDDING, "D", "a size of the features", Range.of(1, 1 << 20), 128, "");

  /**
   * @throws InvalidInputException if the backbone is built in and has no such option, or a value is
   *     not valid
   */
  public BackboneConfig {
    Map<String, Object> written = new LinkedHashMap<>();
    for (Map.Entry<String, Object> given : options.entrySet()) {
      Object value = option(name, given.getKey()).read(given.getValue(), owner(name));
      written.put(given.getKey(), value instanceof Enum<?> ? Option.words(value) : value);
    }
    options = Collections.unmodifiableMap(written);
  }

  /**
   * A backbone with features of this size and other options at their defaults.
   *
   * @param embedding D; null for the backbone's default
   */
  public BackboneConfig(String name, Integer embedding) {
    this(name, embedding == null ? Map.of() : Map.of(EMBEDDING, embedding));
  }

  /** The default: a backbone chosen by the data, with its default options. */
  public static BackboneConfig usual() {
    return named(null);
  }

  /** The small CNN with features of size 128. */
  public static BackboneConfig smallCnn() {
    return named(SmallCnn.NAME);
  }

  /** The backbone of that name with its default options; null to choose by the data. */
  public static BackboneConfig named(String name) {
    return new BackboneConfig(name, Map.of());
  }

  /** Reads a backbone from a JSON object with its name and options; null stands for the default. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static BackboneConfig of(Map<String, Object> object) {
    Map<String, Object> options = new LinkedHashMap<>(object);
    Object name = options.remove(NAME);
    options.values().removeIf(Objects::isNull);
    return new BackboneConfig(name == null ? null : name.toString(), options);
  }

  /**
   * The JSON object that {@link #of} reads, with every option, null for those that have the
   * default.
   */
  @JsonValue
  Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(NAME, name);
    object.put(EMBEDDING, embedding());
    builtIn(name)
        .ifPresent(
            type -> type.options().forEach(o -> object.put(o.name(), options.get(o.name()))));
    object.putAll(options);
    return object;
  }

  /** D, the size of the features; null for the backbone's default. */
  public Integer embedding() {
    return (Integer) options.get(EMBEDDING);
  }

  /** The default of an option of a built-in backbone, in words; null for none. */
  String usual(String option) {
    return builtIn(name).stream()
        .flatMap(type -> type.options().stream())
        .filter(o -> o.name().equals(option) && o.usual() != null)
        .map(o -> Option.words(o.usual()))
        .findFirst()
        .orElse(null);
  }

  /**
   * A copy with the backbone that suits the data, if none is named.
   *
   * @throws InvalidInputException if no backbone suits the data
   */
  BackboneConfig suiting(ElementSpec element) {
    if (name != null) {
      return this;
    }
    if (element instanceof ImageShape) {
      return new BackboneConfig(SmallCnn.NAME, options);
    }
    if (element.sizes().size() == 1) {
      return new BackboneConfig(NoBackbone.NAME, options);
    }
    throw new InvalidInputException(
        "backbone: expected one that takes samples of %s, found none named; name xvector, ecapa-tdnn or one of yours with `backbone`"
            .formatted(element));
  }

  /**
   * Creates the backbone; only for one that is not a Keras model.
   *
   * @throws InvalidInputException if the name is unknown or {@link #KERAS}, it lacks one of the
   *     options, or values cannot be combined
   */
  public Backbone backbone() {
    if (name.equals(KERAS)) {
      throw new InvalidInputException(
          "backbone: expected a Keras model, found none; name its folder with `from-keras`");
    }
    return Backbones.of(name, options);
  }

  private static Optional<BackboneType> builtIn(String name) {
    return Backbones.ours().stream().filter(type -> type.name().equals(name)).findFirst();
  }

  private static String owner(String name) {
    return name == null ? "the backbone" : name;
  }

  private static Option<?> option(String name, String option) {
    if (NoBackbone.NAME.equals(name) && option.equals(EMBEDDING)) {
      throw new InvalidInputException(
          "embedding: expected no size with `backbone` none, whose features are the data's own, found one; leave `embedding` out, or name another backbone");
    }
    Optional<BackboneType> type = builtIn(name);
    if (type.isPresent()) {
      return Backbones.option(type.get(), option);
    }
    if (!option.equals(EMBEDDING)) {
      throw new InvalidInputException(
          "%s: expected none with %s, found one; name the backbone that has it with `backbone`, or leave it out"
              .formatted(option.replace('_', ' '), owner(name)));
    }
    return SIZE;
  }
}

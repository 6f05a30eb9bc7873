package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.Providers;
import org.marginsoftmax.head.AngularOptions;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/**
 * A head by name, with the options that differ from its defaults.
 *
 * @param name one of {@link Heads#names}
 * @param options by the names of {@link HeadType#options}, as {@code config.json} writes them:
 *     numbers, lists of numbers or text; for an option with a value per class, the path of an NPY
 *     file
 */
public record HeadConfig(String name, Map<String, Object> options) {
  /**
   * @throws InvalidInputException with a one-line message if there is no such head, it has no such
   *     option, or a value is not valid
   */
  public HeadConfig {
    HeadType head = Heads.named(name);
    Map<String, Object> written = new LinkedHashMap<>();
    options.keySet().forEach(option -> Heads.option(head, option));
    for (Option<?> option : head.options()) {
      Object given = options.get(option.name());
      if (given != null) {
        written.put(
            option.name(),
            option.perClass() ? given.toString() : written(option.read(given, name)));
      }
    }
    options = Collections.unmodifiableMap(written);
  }

  /** The head of that name with its default options. */
  public static HeadConfig named(String name) {
    return new HeadConfig(name, Map.of());
  }

  /** ArcFace with its default options: m 0.5, s 30, guard reflect, exact gradient. */
  public static HeadConfig arcface() {
    return named("arcface");
  }

  /** Reads a head from a JSON object with its name and options; null stands for the default. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static HeadConfig of(Map<String, Object> object) {
    Map<String, Object> options = new LinkedHashMap<>(object);
    Object name = options.remove("name");
    options.values().removeIf(Objects::isNull);
    return new HeadConfig(String.valueOf(name), options);
  }

  /**
   * The JSON object that {@link #of} reads, with every option, null for those that have the
   * default.
   */
  @JsonValue
  Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", name);
    type().options().forEach(o -> object.put(o.name(), options.get(o.name())));
    return object;
  }

  /**
   * A copy with one option changed.
   *
   * @param option its name, such as {@code label_smoothing}
   * @param value null for the default
   */
  public HeadConfig with(String option, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(options);
    changed.put(option, value);
    changed.values().removeIf(Objects::isNull);
    return new HeadConfig(name, changed);
  }

  /** A copy without the files that it names, as a trained head is used for scoring. */
  HeadConfig withoutFiles() {
    HeadConfig without = this;
    for (String file : files()) {
      without = without.with(file, null);
    }
    return without;
  }

  /** A copy with another margin. */
  public HeadConfig withMargin(double margin) {
    return with("margin", margin);
  }

  /** The descriptor of this head. */
  HeadType type() {
    return Heads.named(name);
  }

  /**
   * Creates the head for a number of classes.
   *
   * @param classes C
   * @param counts number of training samples of each class, [C], which ldam needs; may be null for
   *     other heads
   * @throws InvalidInputException if a value is out of range or does not belong to this head, or a
   *     head from a jar throws or returns null
   */
  public Head head(int classes, int[] counts) {
    if (type().needsCounts() && counts == null) {
      throw new InvalidInputException(
          name
              + ": expected the number of samples of each class, found none; its margins follow from it");
    }
    OptionValues values = values((option, file) -> perClass(option, file, classes));
    return Providers.guarded(Head.class, "head", type().head(values, classes, counts));
  }

  /** Such as {@code arcface, m 0.5}. */
  String title() {
    String margin = type().margin(values());
    return margin.isEmpty() ? name : name + ", " + margin;
  }

  /** The options, those per class as if their files were empty. */
  OptionValues values() {
    return values((option, file) -> new double[0]);
  }

  /** K, centers of each class. */
  int subcenters() {
    Option<Integer> option = AngularOptions.SUBCENTERS;
    return type().options().stream().anyMatch(o -> o.name().equals(option.name()))
        ? values().get(option)
        : 1;
  }

  /** Options that name files. */
  List<String> files() {
    return type().options().stream()
        .filter(option -> option.perClass() && options.containsKey(option.name()))
        .map(Option::name)
        .toList();
  }

  private OptionValues values(BiFunction<String, String, double[]> files) {
    Map<String, Object> given = new LinkedHashMap<>(options);
    files().forEach(name -> given.put(name, files.apply(name, (String) options.get(name))));
    return Heads.values(type(), given);
  }

  private static double[] perClass(String option, String name, int classes) {
    NpyFile.Floats file = NpyFile.readFloats(Path.of(name));
    if (file.shape().length != 1 || file.shape()[0] != classes) {
      throw new InvalidInputException(
          "%s: expected [%d], one for each class, found %s in %s; give one array of them"
              .formatted(option.replace('_', ' '), classes, Arrays.toString(file.shape()), name));
    }
    double[] values = new double[classes];
    for (int j = 0; j < classes; j++) {
      values[j] = file.values()[j];
    }
    return values;
  }

  /** As JSON has it. */
  private static Object written(Object value) {
    return value instanceof Enum<?> ? Option.words(value) : value;
  }
}

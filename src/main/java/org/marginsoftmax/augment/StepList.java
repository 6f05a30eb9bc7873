package org.marginsoftmax.augment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/** Lists of steps as text: {@code flip:0.5,rotate:1:15}, presets among them. */
final class StepList {
  static final String NONE = "none";

  /** Presets, each a list of steps. */
  static final Map<String, String> PRESETS = presets();

  private StepList() {}

  private static Map<String, String> presets() {
    Map<String, String> presets = new LinkedHashMap<>();
    presets.put(NONE, "");
    presets.put("light", "shift:1:0.05,scale:1:0.05,rotate:1:5,brightness:1:0.1");
    presets.put(
        "photo",
        "flip:0.5,crop:1:0.5,rotate:0.3:10,brightness:0.8:0.3,contrast:0.8:0.3,saturation:0.8:0.3,"
            + "hue:0.3:10,grey:0.1,blur:0.1:1,erase:0.25:0.2");
    presets.put(
        "face",
        "flip:0.5,crop:0.2:0.3,brightness:0.2:0.5,contrast:0.2:0.5,saturation:0.2:0.5,grey:0.02,"
            + "blur:0.1:2,jpeg:0.2:70,erase:0.05:0.2");
    presets.put(
        "document",
        "rotate:1:3,perspective:0.5:0.03,shift:1:0.03,scale:1:0.05,brightness:0.5:0.2,"
            + "contrast:0.5:0.4,blur:0.3:1,noise:0.3:15,jpeg:0.3:60");
    return presets;
  }

  /**
   * A step with what is asked of it.
   *
   * @param probability of being applied to a sample, 0..1
   * @param strength in the unit of the type; 1 for a type without
   */
  record Item<T extends StepType>(T type, double probability, double strength) {
    /** Whether it ever changes anything. */
    boolean acts() {
      return probability > 0 && strength > 0;
    }

    /** As it is written in a list. */
    @Override
    public String toString() {
      return type.word()
          + ":"
          + number(probability)
          + (type.strength() == null ? "" : ":" + number(strength));
    }

    private static String number(double value) {
      return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
  }

  /** Parses the steps of a list that mix samples. */
  static List<Item<MixStep>> ofMixes(String text) {
    String mixes = words(text).stream().filter(StepList::mixes).collect(Collectors.joining(","));
    return items(mixes, MixStep.values(), "batches", MixStep.values());
  }

  private static boolean mixes(String word) {
    return Arrays.stream(MixStep.values()).anyMatch(type -> word.split(":")[0].equals(type.word()));
  }

  /** Parses the steps of a list that change single images; presets stand for their steps. */
  static List<Item<ImageStep>> ofImages(String text) {
    String whole =
        words(text).stream()
            .filter(word -> !mixes(word))
            .filter(word -> !word.equals(NONE))
            .map(word -> PRESETS.getOrDefault(word, word))
            .collect(Collectors.joining(","));
    return items(whole, ImageStep.values(), "images", ArrayStep.values());
  }

  /** Parses the steps of a list that change single arrays, which have no presets. */
  static List<Item<ArrayStep>> ofArrays(String text) {
    for (String word : words(text)) {
      if (PRESETS.containsKey(word) && !word.equals(NONE)) {
        throw new InvalidInputException(
            "augment: expected steps for arrays (%s), found the preset '%s', which is for images; list steps"
                .formatted(names(ArrayStep.values()), word));
      }
    }
    String whole =
        words(text).stream()
            .filter(word -> !mixes(word) && !word.equals(NONE))
            .collect(Collectors.joining(","));
    return items(whole, ArrayStep.values(), "arrays", ImageStep.values());
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
  }

  private static <T extends StepType> List<Item<T>> items(
      String text, T[] types, String kind, StepType[] others) {
    List<Item<T>> items = new ArrayList<>();
    for (String word : words(text)) {
      String[] parts = word.split(":", -1);
      T type = find(parts[0], types, kind, others);
      if (parts.length > (type.strength() == null ? 2 : 3)) {
        throw new InvalidInputException(
            "augment: expected %s, found '%s'; say for example %s"
                .formatted(
                    type.strength() == null
                        ? "NAME:PROBABILITY of a step without a strength"
                        : "NAME:PROBABILITY:STRENGTH",
                    word,
                    usual(type)));
      }
      double probability =
          parts.length < 2 ? type.probability() : number(parts[1], "probability", 1, word);
      double strength =
          type.strength() == null
              ? 1
              : parts.length < 3
                  ? type.strength().usual()
                  : number(parts[2], "strength", type.strength().largest(), word);
      items.add(new Item<>(type, probability, strength));
    }
    return items;
  }

  private static <T extends StepType> T find(
      String name, T[] types, String kind, StepType[] others) {
    for (T type : types) {
      if (type.word().equals(name)) {
        return type;
      }
    }
    boolean other = Arrays.stream(others).anyMatch(type -> type.word().equals(name));
    List<String> known = Arrays.stream(types).map(StepType::word).toList();
    throw new InvalidInputException(
        "augment: expected steps for %s (%s), found '%s'%s; see the command augment for all"
            .formatted(
                kind,
                kind.equals("images")
                    ? names(types) + ", " + names(MixStep.values())
                    : names(types),
                name,
                other
                    ? ", which is not for " + kind
                    : Spelling.nearest(name, known).map(n -> ", perhaps '" + n + "'").orElse("")));
  }

  private static double number(String text, String what, double largest, String word) {
    double value;
    try {
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      value = Double.NaN;
    }
    if (!(value >= 0 && value <= largest) || Double.isInfinite(value)) {
      throw refused(what, largest, text, word);
    }
    return value;
  }

  /** The refusal of a number that is out of range. */
  static InvalidInputException refused(String what, double largest, String found, String word) {
    return new InvalidInputException(
        "augment: expected a %s in 0..%s, found '%s' in '%s'; correct it"
            .formatted(
                what,
                Double.isInfinite(largest) ? "the size of the array" : Item.number(largest),
                found,
                word));
  }

  private static String usual(StepType type) {
    return new Item<>(
            type, type.probability(), type.strength() == null ? 1 : type.strength().usual())
        .toString();
  }

  private static String names(StepType[] types) {
    return Arrays.stream(types).map(StepType::word).collect(Collectors.joining(", "));
  }
}

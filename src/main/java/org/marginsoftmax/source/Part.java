package org.marginsoftmax.source;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A part of a data set that comes split. */
public enum Part {
  /** Samples to train on. */
  TRAIN("for training", "train", "training"),
  /** Samples that choose the best checkpoint. */
  VALIDATION(
      "for validation", "val", "valid", "validation", "validate", "dev", "eval", "evaluation"),
  /** Samples to test on. */
  TEST("for testing", "test", "testing");

  /** What people add to the names of parts: training_set, Test-Images, tests. */
  private static final Pattern ADDED =
      Pattern.compile("[^\\p{L}\\p{N}]*(sets?|s|split|data|images)?$");

  private static final Map<String, Part> BY_WORD = new TreeMap<>();

  static {
    for (Part part : values()) {
      part.words.forEach(word -> BY_WORD.put(word, part));
    }
  }

  private final String purpose;
  private final Set<String> words;

  Part(String purpose, String... words) {
    this.purpose = purpose;
    this.words = Set.of(words);
  }

  /** What its samples are for, in words. */
  String purpose() {
    return purpose;
  }

  /** The part with this name, such as {@code Train} or {@code test_set}; null if it is none. */
  static Part named(String name) {
    return BY_WORD.get(word(name));
  }

  /** A name in lower case, without common suffixes such as {@code _set}. */
  static String word(String name) {
    return ADDED.matcher(name.toLowerCase(Locale.ROOT)).replaceFirst("");
  }

  /** All names of parts, in lower case. */
  static Set<String> words() {
    return BY_WORD.keySet();
  }
}

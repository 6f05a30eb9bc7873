package org.marginsoftmax.pairs;

import java.util.Locale;
import java.util.Set;

/** The words by which lists say whether two images are of one subject. */
final class SameValue {
  private static final Set<String> SAME = Set.of("1", "true", "same", "genuine", "yes");
  private static final Set<String> DIFFERENT = Set.of("0", "false", "different", "impostor", "no");

  private SameValue() {}

  /** What is expected, in words. */
  static final String EXPECTED =
      "1 or 0, true or false, same or different, genuine or impostor, yes or no";

  /** Whether a word means the same subject; null if it is none of these words, in any case. */
  static Boolean of(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return SAME.contains(lower) ? (Boolean) true : DIFFERENT.contains(lower) ? false : null;
  }
}

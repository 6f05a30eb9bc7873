package org.marginsoftmax.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Suggests corrections for mistyped words. It is one function, too little to add a library for. */
public final class Spelling {
  private Spelling() {}

  /**
   * The expected word nearest to a mistyped one, if any is near enough: one letter or a third of
   * the letters may be wrong, whichever is more.
   */
  public static Optional<String> nearest(String found, Collection<String> expected) {
    return expected.stream()
        .filter(
            word ->
                distance(found, word) <= Math.max(1, Math.min(found.length(), word.length()) / 3))
        .min(Comparator.comparingInt(word -> distance(found, word)));
  }

  /** Number of letters to insert, delete, replace or swap with their neighbour, ignoring case. */
  public static int distance(String a, String b) {
    String from = a.toLowerCase(Locale.ROOT);
    String to = b.toLowerCase(Locale.ROOT);
    int[][] d = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[from.length()][to.length()];
  }
}

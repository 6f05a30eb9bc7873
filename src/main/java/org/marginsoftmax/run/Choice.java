package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/** A value that must be one of a few. */
public final class Choice {
  private Choice() {}

  static String of(String what, String found, List<String> expected) {
    if (!expected.contains(found)) {
      throw new InvalidInputException(
          "%s: expected one of %s, found '%s'; %s"
              .formatted(
                  what,
                  String.join(", ", expected),
                  found,
                  nearest(found, expected)
                      .map(meant -> "did you mean " + meant + "?")
                      .orElse("choose one of these")));
    }
    return found;
  }

  static <E extends Enum<E>> E of(String what, String found, Class<E> type) {
    List<String> names =
        Arrays.stream(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    return Enum.valueOf(type, of(what, found, names).toUpperCase(Locale.ROOT));
  }

  /** What was most likely meant by a mistyped word, if anything. */
  public static Optional<String> nearest(String found, Collection<String> expected) {
    return Spelling.nearest(found, expected);
  }
}

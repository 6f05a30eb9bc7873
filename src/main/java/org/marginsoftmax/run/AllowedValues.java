package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/** Checks the values of options. */
final class AllowedValues {
  private AllowedValues() {}

  /**
   * The value, if it is one of those expected.
   *
   * @throws InvalidInputException if it is not
   */
  static String of(String what, String found, List<String> expected) {
    if (found == null) {
      throw new InvalidInputException(
          "%s: expected one of %s, found none; choose one of these"
              .formatted(what, String.join(", ", expected)));
    }
    if (!expected.contains(found)) {
      throw new InvalidInputException(
          "%s: expected one of %s, found '%s'; %s"
              .formatted(
                  what,
                  String.join(", ", expected),
                  found,
                  Spelling.nearest(found, expected)
                      .map(meant -> "did you mean " + meant + "?")
                      .orElse("choose one of these")));
    }
    return found;
  }

  /**
   * Requires a value in a range.
   *
   * @param holds whether it is
   * @param what the option
   * @param expected the range
   * @param advice what to do, such as {@code say 3}
   * @throws InvalidInputException if it is not
   */
  static void require(boolean holds, String what, String expected, Object found, String advice) {
    if (!holds) {
      throw new InvalidInputException(
          "%s: expected %s, found %s; %s".formatted(what, expected, found, advice));
    }
  }
}

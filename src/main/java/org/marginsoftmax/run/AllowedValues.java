package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/** Checks that an option has one of a few allowed values. */
final class AllowedValues {
  private AllowedValues() {}

  /**
   * The value, if it is one of those expected.
   *
   * @throws InvalidInputException if it is not
   */
  static String of(String what, String found, List<String> expected) {
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
}

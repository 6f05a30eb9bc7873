package org.marginsoftmax.run;

import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * One run of a sweep.
 *
 * @param folder its name below the sweep's folder
 * @param values of the options that vary, by their names in {@code config.json}
 */
record SweepPoint(String folder, Map<String, Object> values) {
  /** Short enough for every file system below a long path. */
  private static final int LONGEST = 48;

  /**
   * @throws InvalidInputException if the name is missing or is not that of a folder beside others,
   *     or the values are missing
   */
  SweepPoint {
    if (folder == null || !isName(folder) || values == null) {
      throw new InvalidInputException(
          "sweep: expected a folder and values for each point, found %s and %s; restore sweep.config.json from a copy, or begin a new sweep"
              .formatted(folder, values));
    }
  }

  /** Whether a folder of this name is that of a run of a sweep, of older versions too. */
  static boolean isName(String folder) {
    return folder.matches("run-[0-9]+[a-z0-9.-]*|margin-[0-9.E-]+");
  }

  /**
   * The name of a run's folder: its number, which makes it unique, and what of its values is left
   * in small letters, digits, points and dashes.
   */
  static String folder(int number, Map<String, Object> values) {
    StringBuilder name = new StringBuilder("run-%02d".formatted(number));
    values.forEach(
        (option, value) -> {
          String text = SweepPoints.text(value);
          // Of a path its end.
          String end = text.replaceFirst("[/\\\\]+$", "").replaceFirst(".*[/\\\\]", "");
          name.append('-').append(OptionNames.of(option)).append('-').append(end);
        });
    String safe = name.toString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
    return safe.substring(0, Math.min(LONGEST, safe.length())).replaceFirst("[.-]+$", "");
  }
}

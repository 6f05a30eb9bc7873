package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the file {@code property} beside the records of insightface says, as in {@code
 * 85742,112,112}.
 *
 * @param classes number of persons
 * @param height of every image
 * @param width of every image
 */
record FaceProperty(int classes, int height, int width) {
  private static final Pattern LINE =
      Pattern.compile("\\s*(\\d{1,9})\\s*,\\s*(\\d{1,9})\\s*,\\s*(\\d{1,9})\\s*");
  private static final int LARGEST = 1000;

  /** Name of the file. */
  static final String NAME = "property";

  /** Reads the file in a folder; nothing if there is none, or it is something else. */
  static Optional<FaceProperty> in(Path dir) {
    Path file = dir.resolve(NAME);
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > LARGEST) {
        return Optional.empty();
      }
      Matcher line = LINE.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
      return line.matches()
          ? Optional.of(
              new FaceProperty(
                  Integer.parseInt(line.group(1)),
                  Integer.parseInt(line.group(2)),
                  Integer.parseInt(line.group(3))))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // the records say enough without it
    }
  }

  /** Tells what follows for whoever reads the records. */
  void tell(int found, Consumer<String> progress) {
    progress.accept(
        "the file property says images of %d x %d; train `image-size` %dx%d takes them as they are"
            .formatted(height, width, height, width));
    if (found != classes) {
      progress.accept(
          String.format(
              Locale.ROOT,
              "the file property says %,d classes, the records have %,d; bring a whole copy if some are missing",
              classes,
              found));
    }
  }
}

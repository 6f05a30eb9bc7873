package org.marginsoftmax.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/** Checks of folders to write to, made before the work whose results they get. */
final class OutputFolder {
  private OutputFolder() {}

  /**
   * Requires that a folder can be written, without creating it.
   *
   * @param what the folder is for; the first word of the message
   * @param advice what to do
   * @throws InvalidInputException if it is a file, lies below one, or may not be written
   */
  static void requireWritable(String what, Path folder, String advice) {
    Path there = folder.toAbsolutePath().normalize();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    boolean directory = Files.isDirectory(there);
    if (!directory || !Files.isWritable(there)) {
      throw new InvalidInputException(
          "%s %s: expected a folder to write to, found %s; %s"
              .formatted(
                  what,
                  folder,
                  directory
                      ? "no right to write to " + there
                      : there.equals(folder.toAbsolutePath().normalize())
                          ? "a file"
                          : "the file " + there,
                  advice));
    }
  }

  /**
   * Requires an empty or missing folder to export to, and creates its parents.
   *
   * @return its absolute path
   * @throws InvalidInputException if it is not empty, or cannot be written
   */
  static Path requireEmpty(Path folder) {
    Path target = folder.toAbsolutePath().normalize();
    requireWritable("export", folder, "choose another with `to`");
    try {
      if (Files.isDirectory(target)) {
        try (Stream<Path> files = Files.list(target)) {
          Optional<Path> first = files.findFirst();
          if (first.isPresent()) {
            throw new InvalidInputException(
                "export %s: expected a new or an empty folder, found %s in it; choose another with `to`"
                    .formatted(folder, first.get().getFileName()));
          }
        }
      }
      Files.createDirectories(target.getParent());
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package org.marginsoftmax.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/** Folders to be written, looked at before the work that fills them. */
final class OutputFolder {
  private OutputFolder() {}

  /**
   * Refuses one that cannot, without making it.
   *
   * @param what it is for, as messages begin
   * @param advice what to do
   * @throws InvalidInputException if it is a file, below one, or there is no right to write
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
   * Refuses a folder to export to that is in use, and makes those above it.
   *
   * @return its whole path
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

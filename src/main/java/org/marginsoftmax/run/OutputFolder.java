package org.marginsoftmax.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/** Checks of folders and files to write to, made before the work whose results they get. */
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
   * Requires that a file can be written, into a folder that is there.
   *
   * @param what the file is; the first word of the message
   * @param advice what to do
   * @throws InvalidInputException if it is a folder, or its folder is missing or may not be written
   */
  static void requireFile(String what, Path file, String advice) {
    Path parent = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw new InvalidInputException(
          "%s %s: expected a file in a folder to write to, found %s; %s"
              .formatted(
                  what,
                  file,
                  Files.isDirectory(file) ? "a folder" : "no such folder, or one without rights",
                  advice));
    }
  }

  /**
   * Requires an empty or missing folder to export to, and creates its parents.
   *
   * @param advice what to do
   * @return its absolute path
   * @throws InvalidInputException if it is not empty, or cannot be written
   */
  static Path requireEmpty(Path folder, String advice) {
    Path target = folder.toAbsolutePath().normalize();
    requireWritable("export", folder, advice);
    try {
      if (Files.isDirectory(target)) {
        try (Stream<Path> files = Files.list(target)) {
          Optional<Path> first = files.findFirst();
          if (first.isPresent()) {
            throw new InvalidInputException(
                "export %s: expected a new or an empty folder, found %s in it; %s"
                    .formatted(folder, first.get().getFileName(), advice));
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

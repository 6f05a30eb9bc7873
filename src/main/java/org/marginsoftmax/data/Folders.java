package org.marginsoftmax.data;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;

/** Writes folders atomically, and deletes them. */
public final class Folders {
  private Folders() {}

  /** Writes the content of a folder. */
  public interface Content {
    /** Writes all content into a folder, creating it if necessary. */
    void write(Path folder) throws IOException;
  }

  /**
   * Writes a temporary folder, then moves it to the given path, where there must be nothing or an
   * empty folder. If writing fails, nothing is left behind.
   *
   * @throws java.io.UncheckedIOException if writing fails; it names the path
   */
  public static void write(Path folder, Content content) {
    Path aside = folder.resolveSibling("." + folder.getFileName() + ".tmp");
    try {
      delete(aside);
      try {
        content.write(aside);
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
          throw new FileAlreadyExistsException(folder.toString());
        }
        Files.deleteIfExists(folder);
        Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(aside);
      }
    } catch (IOException e) {
      throw FileTrouble.with(folder, e);
    }
  }

  /** Deletes a folder and its content, if it exists. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

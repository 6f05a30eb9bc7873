package org.marginsoftmax.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;

/** Writes folders whole or not at all, and deletes them. */
public final class Folders {
  private Folders() {}

  /** What goes into a folder. */
  public interface Content {
    /** Writes all of it into a folder, which may have to be created. */
    void write(Path folder) throws IOException;
  }

  /**
   * Writes a folder aside, then puts it where there is nothing, or an empty one. Of what fails
   * nothing is left.
   *
   * @throws java.io.UncheckedIOException that names the path
   */
  public static void write(Path folder, Content content) {
    Path aside = folder.resolveSibling("." + folder.getFileName() + ".tmp");
    try {
      delete(aside);
      try {
        content.write(aside);
        Files.deleteIfExists(folder);
        Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(aside);
      }
    } catch (IOException e) {
      throw FileTrouble.with(folder, e);
    }
  }

  /** Deletes a folder with all that is in it, if it is there. */
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

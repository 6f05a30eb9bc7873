package org.marginsoftmax;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Writes a file as a whole or not at all. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes the content of a file. */
  public interface Content {
    /** Writes all of it; the stream is buffered, and closed afterwards. */
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes a temporary file beside the given one, then replaces an existing file with it. If
   * writing fails, nothing is left behind.
   *
   * @throws InvalidInputException if there is a pipe, a socket or a device
   * @throws java.io.UncheckedIOException if writing fails; it names the path
   */
  public static void write(Path file, Content content) {
    // It would be replaced by a file.
    FileTrouble.requireFileOrFolder(file);
    Path aside = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(aside), 1 << 16)) {
        content.write(out);
      }
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      aside.toFile().delete();
      throw FileTrouble.with(file, e);
    }
  }

  /**
   * Writes lines of UTF-8, each with a line feed, as {@link #write(Path, Content)} does.
   *
   * @throws java.io.UncheckedIOException if writing fails; it names the path
   */
  public static void write(Path file, List<String> lines) {
    write(
        file,
        out -> {
          for (String line : lines) {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }
}

package org.marginsoftmax;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/** Turns an I/O error into words for an error message. */
public final class FileTrouble {
  private FileTrouble() {}

  /**
   * An exception to throw that names the path; an error while writing does not name it by itself.
   */
  public static UncheckedIOException with(Path path, IOException e) {
    return new UncheckedIOException(
        e instanceof FileSystemException
            ? e
            : (IOException) new FileSystemException(path.toString(), null, reason(e)).initCause(e));
  }

  /** The path, if the error names one, and what is wrong with it. */
  public static String said(IOException e) {
    if (e instanceof FileSystemException named) {
      String path = named.getOtherFile() == null ? named.getFile() : named.getOtherFile();
      return path == null ? reason(e) : path + ": " + reason(e);
    }
    // java.io says 'PATH (Reason)'.
    return e instanceof FileNotFoundException && e.getMessage() != null
        ? e.getMessage().replaceFirst("(?s)^(.*) \\((.*)\\)$", "$1: $2")
        : reason(e);
  }

  /**
   * Refuses a path whose content would never end, or never begin.
   *
   * @throws InvalidInputException if there is something other than a file or a folder
   */
  public static void requireFileOrFolder(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
      throw new InvalidInputException(
          "a file or a folder",
          "a pipe, a socket or a device",
          path,
          "write what comes from it to a file, and name that");
    }
  }

  /** What is wrong with the file, without its path. */
  public static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "no right to it";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "something is there already";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "a folder that is not empty";
    }
    if (e instanceof FileSystemLoopException) {
      return "links in a circle";
    }
    String reason = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
    if (reason == null || reason.isBlank()) {
      return "an error that the system does not explain";
    }
    if (reason.equals("Is a directory")) {
      return "a folder";
    }
    if (reason.equals("Not a directory")) {
      return "not a folder";
    }
    String line = reason.strip().lines().findFirst().orElse("").replaceFirst("[\\s:!.]+$", "");
    // Not that of 'I/O' or 'JPEG'.
    boolean word = line.matches("(?s)\\p{Lu}[\\p{Ll}\\s'].*");
    return word ? line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1) : line;
  }
}

package org.marginsoftmax.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;

/** Archives and compressed files, told by their names. They are not unpacked for anybody. */
public final class Archives {
  private static final Pattern NAME =
      Pattern.compile(
          ".*\\.(zip|gz|tgz|bz2|tbz2?|xz|txz|zst|tzst|lz4|lzma|7z|rar|z)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private Archives() {}

  /** Whether a file is one, by its name. */
  public static boolean isName(String fileName) {
    return NAME.matcher(fileName).matches();
  }

  /**
   * Refuses a path that names one.
   *
   * @throws InvalidInputException if it does, and is no folder
   */
  public static void requireNone(Path path) {
    if (isName(path.toString()) && !Files.isDirectory(path)) {
      throw new InvalidInputException(
          "files as they are",
          "an archive or a compressed file by its name",
          path,
          "unpack it, and name what was in it");
    }
  }
}

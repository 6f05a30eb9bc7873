package org.marginsoftmax.run;

import java.nio.file.Files;
import java.nio.file.Path;
import org.marginsoftmax.InvalidInputException;

/** Whether a folder can be written, looked at before the work that fills it. */
final class Output {
  private Output() {}

  /**
   * Refuses one that cannot, without making it.
   *
   * @param what it is for, as messages begin
   * @param advice what to do
   * @throws InvalidInputException if it is a file, below one, or there is no right to write
   */
  static void require(String what, Path folder, String advice) {
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
}

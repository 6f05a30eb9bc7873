package org.marginsoftmax.run;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Hold;

/**
 * Lets only one process at a time write to a run or sweep; it holds {@code .lock} in the folder
 * until it ends.
 */
final class RunLock {
  private static final String FILE = ".lock";

  private RunLock() {}

  /**
   * Makes this process the folder's only writer until the result is closed.
   *
   * @param progress is told if files cannot be locked
   * @return null if files cannot be locked
   * @throws InvalidInputException while another process writes
   */
  static Hold acquire(Path folder, PrintStream progress) {
    try {
      for (int attempt = 1; ; attempt++) {
        Optional<Hold> hold = Hold.alone(folder.resolve(FILE));
        if (hold.isPresent()) {
          return hold.get();
        }
        // Who reads holds it for a moment, to see whether anybody writes.
        if (attempt == 20) {
          throw new InvalidInputException(
              "output %s: expected to be its only writer, found another training in it; wait until it ends, or choose another with `out`"
                  .formatted(folder));
        }
        Thread.sleep(50);
      }
    } catch (IOException e) {
      progress.printf(
          "warning, output %s: expected files that can be locked, found %s; see to it that nobody else trains there%n",
          folder, FileTrouble.said(e));
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + folder, e);
    }
  }

  /** Whether a process is writing to a folder. */
  static boolean isHeld(Path folder) {
    try {
      Optional<Hold> hold = Hold.shared(folder.resolve(FILE));
      hold.ifPresent(Hold::close);
      return hold.isEmpty();
    } catch (IOException e) {
      // A run of an older version, or a file system without locks.
      return false;
    }
  }
}

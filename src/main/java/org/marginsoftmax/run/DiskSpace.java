package org.marginsoftmax.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.marginsoftmax.InvalidInputException;

/** Checks that there is room on disk for a run. */
final class DiskSpace {
  /** Report, history, events and the model's graph. */
  private static final long BESIDES = 20L << 20;

  private DiskSpace() {}

  /**
   * Requires room for the best checkpoint, the latest, the next, and the model.
   *
   * @param checkpoint size of one checkpoint in bytes
   * @throws InvalidInputException if there is less
   */
  static void check(Path folder, long checkpoint) {
    long needed = 4 * checkpoint + BESIDES;
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      if (free < needed) {
        throw new InvalidInputException(
            "output %s: expected %d MB free for checkpoints and model, found %d MB; make room or choose another folder with `out`"
                .formatted(folder, needed >> 20, free >> 20));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package org.marginsoftmax.source;

import java.nio.file.Path;
import org.marginsoftmax.InvalidInputException;

/**
 * A file of many samples, one of several of a source.
 *
 * @param file of the samples
 * @param name path of the file below the source
 * @param part that its name says; null if it says none
 * @param stamp size and time of change, as text
 */
record Shard(Path file, String name, Part part, String stamp) {
  /** The name of a record that has none; the order of such names is that of the records. */
  String recordName(long number) {
    return "%s/%09d".formatted(name, number);
  }

  /** The error for a file whose samples cannot be found any more, from some place on. */
  InvalidInputException damaged(String expected, String found, long position) {
    return new InvalidInputException(
        expected,
        found + " at byte " + position,
        file,
        "it is damaged: bring a whole copy, or take it away");
  }
}

package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A format of files that hold many samples. */
interface ShardFormat {
  /** Receives the samples that a file holds. */
  interface Found {
    /**
     * A sample.
     *
     * @param name what the file calls it, or {@link Shard#recordName}
     * @param label its class, a name ({@link String}) or a number ({@link Long})
     * @param offset where it starts in the file
     * @param length number of its bytes
     */
    void sample(String name, Object label, long offset, int length);

    /** Something that is no sample. */
    void passOver(String reason, String name);
  }

  /** Whether a file is of this format, by its name. */
  boolean is(String fileName);

  /** Whether a file beside those of samples says what is in them, by its name. */
  default boolean describes(String fileName) {
    return false;
  }

  /** What the format is called, in words. */
  String kind();

  /**
   * Lists the samples of a file; images are skipped, not read.
   *
   * @throws org.marginsoftmax.InvalidInputException if the file is so damaged that samples cannot
   *     be found
   */
  void list(Shard shard, Found found) throws IOException;

  /**
   * Reads the encoded image of a sample.
   *
   * @throws IOException if the sample is damaged
   */
  byte[] image(Shard shard, long offset, int length) throws IOException;

  /** What of a sample is read, as text, if there is a choice; empty otherwise. */
  default String reading() {
    return "";
  }

  /**
   * Tells what else lies beside the files and is worth knowing.
   *
   * @param dir folder of the files
   * @param classes number of classes found
   */
  default void tell(Path dir, int classes, Consumer<String> progress) {}
}

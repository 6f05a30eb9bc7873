package org.marginsoftmax.savedmodel;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.BundleHeaderProto;

/**
 * The table of contents of a checkpoint, {@code PREFIX.index}, checked against the files that hold
 * the values. No value is read.
 *
 * @param entries for each key the type, shape and place of its value
 * @param bytes total size of the values
 */
public record Checkpoint(Map<String, BundleEntryProto> entries, long bytes) {
  private static final long LARGEST_INDEX = 64L << 20;

  /** Prefix of a slice's key; the value that the slice belongs to has an entry of its own. */
  private static final String SLICE = "\0";

  private static final int MOST_SHARDS = 10_000;
  private static final String SAVE_ANEW = "export the model anew, or copy the whole folder";

  /**
   * Reads the table and checks that every value lies within its file.
   *
   * @param prefix of the checkpoint's files, {@code variables/variables} in a SavedModel
   * @throws InvalidInputException if files are missing, damaged or too short
   */
  public static Checkpoint read(Path prefix) {
    Path index = prefix.resolveSibling(prefix.getFileName() + ".index");
    Map<String, byte[]> table = LevelDbTable.read(index, bytes(index));
    byte[] first = table.remove("");
    if (first == null) {
      throw InvalidModel.at(index, "a checkpoint's header", "none", SAVE_ANEW);
    }
    try {
      BundleHeaderProto header = BundleHeaderProto.parseFrom(first);
      long[] lengths = lengths(prefix, header.getNumShards());
      Map<String, BundleEntryProto> entries = new LinkedHashMap<>();
      long bytes = 0;
      for (Map.Entry<String, byte[]> row : table.entrySet()) {
        BundleEntryProto entry = BundleEntryProto.parseFrom(row.getValue());
        check(index, row.getKey(), entry, lengths);
        if (!row.getKey().startsWith(SLICE)) {
          entries.put(row.getKey(), entry);
        }
        bytes += entry.getSize();
      }
      return new Checkpoint(Collections.unmodifiableMap(entries), bytes);
    } catch (InvalidProtocolBufferException e) {
      throw InvalidModel.at(index, "a checkpoint's index", e.getMessage(), SAVE_ANEW);
    }
  }

  private static byte[] bytes(Path index) {
    try {
      if (!Files.isRegularFile(index)) {
        throw InvalidModel.at(
            index, "the index of the variables", ModelFiles.kind(index), SAVE_ANEW);
      }
      if (Files.size(index) > LARGEST_INDEX) {
        throw InvalidModel.at(
            index,
            "an index of at most " + (LARGEST_INDEX >> 20) + " MB",
            (Files.size(index) >> 20) + " MB",
            SAVE_ANEW);
      }
      return Files.readAllBytes(index);
    } catch (IOException e) {
      throw InvalidModel.at(index, "a readable file", FileTrouble.reason(e), "check its rights");
    }
  }

  private static long[] lengths(Path prefix, int shards) {
    if (shards < 1 || shards > MOST_SHARDS) {
      throw InvalidModel.at(
          prefix, "1 to " + MOST_SHARDS + " files of values", shards + " in the index", SAVE_ANEW);
    }
    long[] lengths = new long[shards];
    for (int i = 0; i < shards; i++) {
      Path file =
          prefix.resolveSibling("%s.data-%05d-of-%05d".formatted(prefix.getFileName(), i, shards));
      try {
        if (!Files.isRegularFile(file)) {
          throw InvalidModel.at(file, "values of the variables", ModelFiles.kind(file), SAVE_ANEW);
        }
        lengths[i] = Files.size(file);
      } catch (IOException e) {
        throw InvalidModel.at(file, "a readable file", FileTrouble.reason(e), "check its rights");
      }
    }
    return lengths;
  }

  private static void check(Path index, String key, BundleEntryProto entry, long[] lengths) {
    int shard = entry.getShardId();
    if (shard < 0 || shard >= lengths.length || entry.getSize() < 0 || entry.getOffset() < 0) {
      throw InvalidModel.at(index, "the place of " + key, "an impossible one", SAVE_ANEW);
    }
    if (entry.getSize() > lengths[shard] - entry.getOffset()) {
      throw InvalidModel.at(
          index,
          "%s in bytes %d to %d of its file"
              .formatted(key, entry.getOffset(), entry.getOffset() + entry.getSize()),
          "a file of " + lengths[shard] + " bytes",
          SAVE_ANEW);
    }
    long elements = Shapes.elements(entry.getShape());
    int each = Shapes.bytes(entry.getDtype());
    // A variable saved in slices has an entry without bytes of its own.
    boolean whole = entry.getSlicesCount() == 0 && each > 0;
    if (elements < 0
        || whole && (elements > entry.getSize() || elements * each != entry.getSize())) {
      throw InvalidModel.at(
          index,
          "%s of %s %s"
              .formatted(
                  key, Shapes.name(entry.getDtype()), Shapes.text(Shapes.sizes(entry.getShape()))),
          entry.getSize() + " bytes",
          SAVE_ANEW);
    }
  }
}

package org.marginsoftmax.source;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.marginsoftmax.AtomicFile;

/**
 * What a cache holds: the slot of each image in the file of pixels, found by the image's stamp.
 * Written as a whole, with a checksum, whenever images were added.
 */
final class CacheIndex {
  private static final long MAGIC = 0x6d732d6361636865L; // ms-cache

  /** Raised whenever the layout of the files changes. */
  private static final int VERSION = 1;

  /** Name of the file of pixels. */
  private final String pixels;

  private final StampTable slots;
  private final Map<Stamp, String> failures;

  /** Failures that are tried again the next time, so they are not written. */
  private final Map<Stamp, String> passing = new HashMap<>();

  private final Map<String, String> hashes;
  private int size;

  private CacheIndex(
      String pixels,
      int size,
      StampTable slots,
      Map<Stamp, String> failures,
      Map<String, String> hashes) {
    this.pixels = pixels;
    this.size = size;
    this.slots = slots;
    this.failures = failures;
    this.hashes = hashes;
  }

  /**
   * An index of nothing.
   *
   * @param pixels name of the file of pixels to come
   */
  static CacheIndex empty(String pixels) {
    return new CacheIndex(pixels, 0, new StampTable(), new HashMap<>(), new TreeMap<>());
  }

  /** Number of slots in the file of pixels, in use or not. */
  int size() {
    return size;
  }

  String pixels() {
    return pixels;
  }

  /** Whether the index knows an image, read or found unreadable. */
  boolean knows(Stamp stamp) {
    return slots.slot(stamp) >= 0 || failure(stamp) != null;
  }

  /** The slot of an image; -1 if it has none. */
  int slot(Stamp stamp) {
    return slots.slot(stamp);
  }

  /** Why an image could not be read; null if it could, or is not known. */
  String failure(Stamp stamp) {
    return failures.getOrDefault(stamp, passing.get(stamp));
  }

  void put(Stamp stamp, int slot) {
    slots.put(stamp, slot);
    size = Math.max(size, slot + 1);
  }

  void putFailure(Stamp stamp, Decoder.Failure failure) {
    (failure.lasting() ? failures : passing).put(stamp, failure.why());
  }

  /** SHA-256 of a sequence of images, by what stands for the sequence; null if it is not known. */
  String hash(String sequence) {
    return hashes.get(sequence);
  }

  void putHash(String sequence, String hash) {
    hashes.put(sequence, hash);
  }

  /** Writes the index aside, then puts it in place of an earlier one. */
  void write(Path file) {
    AtomicFile.write(
        file,
        out -> {
          CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
          DataOutputStream data = new DataOutputStream(checked);
          data.writeLong(MAGIC);
          data.writeInt(VERSION);
          data.writeUTF(pixels);
          data.writeInt(size);
          data.writeInt(slots.size());
          slots.each(
              (stamp, slot) -> {
                data.writeLong(stamp.high());
                data.writeLong(stamp.low());
                data.writeInt(slot);
              });
          data.writeInt(failures.size());
          for (Map.Entry<Stamp, String> failure : failures.entrySet()) {
            data.writeLong(failure.getKey().high());
            data.writeLong(failure.getKey().low());
            data.writeUTF(failure.getValue());
          }
          data.writeInt(hashes.size());
          for (Map.Entry<String, String> hash : hashes.entrySet()) {
            data.writeUTF(hash.getKey());
            data.writeUTF(hash.getValue());
          }
          data.flush();
          long checksum = checked.getChecksum().getValue();
          data.writeLong(checksum);
          data.flush();
        });
  }

  /**
   * Reads an index.
   *
   * @return null if there is none, or it is damaged or of another version
   */
  static CacheIndex read(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    }
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, Math.max(0, bytes.length - Long.BYTES));
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return bytes.length > Long.BYTES
              && ByteBuffer.wrap(bytes).getLong(bytes.length - Long.BYTES) == checksum.getValue()
              && in.readLong() == MAGIC
              && in.readInt() == VERSION
          ? read(in)
          : null;
    }
  }

  private static CacheIndex read(DataInputStream in) throws IOException {
    String pixels = in.readUTF();
    CacheIndex index = empty(pixels);
    index.size = in.readInt();
    for (int left = in.readInt(); left > 0; left--) {
      index.slots.put(new Stamp(in.readLong(), in.readLong()), in.readInt());
    }
    for (int left = in.readInt(); left > 0; left--) {
      index.failures.put(new Stamp(in.readLong(), in.readLong()), in.readUTF());
    }
    for (int left = in.readInt(); left > 0; left--) {
      index.hashes.put(in.readUTF(), in.readUTF());
    }
    return index;
  }
}

package org.marginsoftmax.savedmodel;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.marginsoftmax.InvalidInputException;

/**
 * LevelDB's sorted string table, the format of a checkpoint's index: blocks of keys and values, an
 * index block that says where they lie, a footer that says where that one lies.
 *
 * <p>By hand: TensorFlow's own reader ends the process over some damaged tables, and this one is
 * there to find them first, with memory that grows with the file alone.
 */
final class LevelDbTable {
  private static final int FOOTER = 48;
  private static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int TRAILER = 5;

  /** Keys share beginnings: a small file may claim very many long ones. */
  private static final int MOST_KEY_BYTES = 64 << 20;

  private final Path file;
  private final byte[] bytes;
  private int keyBytes;

  private LevelDbTable(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  private record Row(String key, byte[] value) {}

  /**
   * Reads all rows in order.
   *
   * @param file for messages
   * @throws InvalidInputException unless every block is whole, its checksum right
   */
  static Map<String, byte[]> read(Path file, byte[] bytes) {
    return new LevelDbTable(file, bytes).rows();
  }

  private Map<String, byte[]> rows() {
    if (bytes.length < FOOTER
        || ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(bytes.length - 8)
            != MAGIC) {
      throw damaged("no footer at its end");
    }
    try {
      ByteBuffer footer = ByteBuffer.wrap(bytes, bytes.length - FOOTER, FOOTER - 8);
      // The block about blocks, which TensorFlow leaves empty.
      block(varint(footer), varint(footer));
      Map<String, byte[]> rows = new LinkedHashMap<>();
      for (Row block : block(varint(footer), varint(footer))) {
        ByteBuffer place = ByteBuffer.wrap(block.value);
        for (Row row : block(varint(place), varint(place))) {
          if (rows.put(row.key, row.value) != null) {
            throw damaged("two entries " + row.key);
          }
        }
      }
      return rows;
    } catch (BufferUnderflowException | ArithmeticException e) {
      throw damaged("a block that ends too early");
    }
  }

  private List<Row> block(long offset, long size) {
    if (offset < 0 || size < 4 || offset > bytes.length || size > bytes.length - offset - TRAILER) {
      throw damaged("a block outside of the file");
    }
    int start = (int) offset;
    int end = start + (int) size;
    ByteBuffer trailer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes[end] != 0) {
      throw damaged("a compressed block");
    }
    CRC32C sum = new CRC32C();
    sum.update(bytes, start, (int) size + 1);
    int crc = (int) sum.getValue();
    // As LevelDB stores it: rotated, so that a checksum of checksums is none.
    if (trailer.getInt(end + 1) != Integer.rotateRight(crc, 15) + 0xa282ead8) {
      throw damaged("a block with a wrong checksum");
    }
    int restarts = trailer.getInt(end - 4);
    long rowsEnd = end - 4L - 4L * restarts;
    if (restarts < 0 || rowsEnd < start) {
      throw damaged("a block that ends too early");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, start, (int) (rowsEnd - start));
    List<Row> rows = new ArrayList<>();
    byte[] key = {};
    while (in.hasRemaining()) {
      int shared = Math.toIntExact(varint(in));
      int own = Math.toIntExact(varint(in));
      int length = Math.toIntExact(varint(in));
      if (shared > key.length || own > in.remaining()) {
        throw damaged("a key that ends too early");
      }
      keyBytes = Math.addExact(keyBytes, Math.addExact(shared, own));
      if (keyBytes > MOST_KEY_BYTES) {
        throw damaged("keys of more than " + (MOST_KEY_BYTES >> 20) + " MB");
      }
      byte[] next = Arrays.copyOf(key, shared + own);
      in.get(next, shared, own);
      if (length > in.remaining()) {
        throw damaged("a value that ends too early");
      }
      byte[] value = new byte[length];
      in.get(value);
      key = next;
      // Keys of slices are numbers, not text: no two of them may become one.
      boolean text = key.length == 0 || key[0] != 0;
      rows.add(
          new Row(
              new String(key, text ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1), value));
    }
    return rows;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new BufferUnderflowException();
  }

  private InvalidInputException damaged(String found) {
    return InvalidModel.at(
        file, "a whole checkpoint index", found, "export the model anew, or copy the whole folder");
  }
}

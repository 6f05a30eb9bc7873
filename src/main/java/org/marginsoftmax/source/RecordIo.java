package org.marginsoftmax.source;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * MXNet's RecordIO files of images ({@code .rec}), with or without their index ({@code .idx}).
 *
 * <p>A record is one or more parts, each a magic number, a word of kind and length, data and
 * padding to four bytes. A record of several parts had the magic number where they meet. Its data
 * are a header (flag, label, two numbers), as many labels as the flag says, and the encoded image;
 * with flag 0 the label is in the header. In the face sets of insightface, the record of key 0 has
 * no image but the range of keys of images; the records after them, with the images of each person,
 * are passed over.
 */
final class RecordIo implements ShardFormat {
  private static final int MAGIC = 0xced7230a;
  private static final byte[] MAGIC_BYTES = {0x0a, 0x23, (byte) 0xd7, (byte) 0xce};
  private static final int PART = 2 * Integer.BYTES;
  private static final int HEADER = 24;
  private static final int LENGTH = (1 << 29) - 1;

  /** Most labels of a record; a damaged header may claim any number. */
  private static final int MOST_LABELS = 1 << 10;

  private static final int WHOLE = 0;
  private static final int FIRST = 1;
  private static final int MIDDLE = 2;
  private static final int LAST = 3;

  @Override
  public boolean is(String fileName) {
    return isName(fileName);
  }

  @Override
  public boolean describes(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return name.endsWith(".idx") || name.endsWith(".lst") || name.equals(FaceProperty.NAME);
  }

  static boolean isName(String fileName) {
    return fileName.toLowerCase(Locale.ROOT).endsWith(".rec");
  }

  @Override
  public String kind() {
    return "RecordIO files (.rec)";
  }

  /**
   * A record.
   *
   * @param offset of its first part
   * @param length of all its parts with their padding
   * @param labels of the record
   * @param hasImage whether anything follows the labels
   */
  private record Record(long offset, int length, float[] labels, boolean hasImage) {}

  @Override
  public void list(Shard shard, Found found) throws IOException {
    List<long[]> keys = keys(shard);
    try (SeekingInput in = new SeekingInput(shard.file())) {
      long last = Long.MAX_VALUE;
      long number = 0;
      for (long position = 0; position < in.size(); number++) {
        Record record = record(shard, in, position);
        position += record.length;
        if (number == 0 && !record.hasImage && record.labels.length == 2) {
          last = (long) record.labels[0];
          continue;
        }
        long key = key(shard, keys, number, record.offset);
        if (key < last) {
          found.sample(shard.recordName(key), label(shard, record), record.offset, record.length);
        } else if (record.hasImage) {
          throw shard.damaged(
              "no image of key %d or above, as the first record says".formatted(last),
              "one",
              record.offset);
        }
      }
      if (keys != null && number != keys.size()) {
        throw new InvalidInputException(
            "an index of the %d records of %s".formatted(number, shard.file().getFileName()),
            keys.size() + "",
            index(shard),
            "bring the one that belongs to it, or take it away");
      }
    }
  }

  @Override
  public void tell(Path dir, int classes, Consumer<String> progress) {
    FaceProperty.in(dir).ifPresent(property -> property.tell(classes, progress));
  }

  private static Long label(Shard shard, Record record) {
    float label = record.labels[0];
    if (!record.hasImage || label != Math.rint(label) || Math.abs(label) >= 1 << 24) {
      throw shard.damaged(
          "an image with a whole number for a label",
          record.hasImage ? "label " + label : "no image",
          record.offset);
    }
    return (long) label;
  }

  private static long key(Shard shard, List<long[]> keys, long number, long offset) {
    if (keys == null) {
      return number;
    }
    if (number >= keys.size() || keys.get((int) number)[1] != offset) {
      throw new InvalidInputException(
          "an index of the records of " + shard.file().getFileName(),
          "none of the record at byte " + offset,
          index(shard),
          "bring the one that belongs to it, or take it away");
    }
    return keys.get((int) number)[0];
  }

  private static Path index(Shard shard) {
    String name = shard.file().getFileName().toString();
    return shard.file().resolveSibling(name.substring(0, name.length() - 4) + ".idx");
  }

  /** Key and offset of each record by the index, in the order of offsets; null without an index. */
  private static List<long[]> keys(Shard shard) {
    Path file = index(shard);
    if (!Files.exists(file)) {
      return null;
    }
    List<long[]> keys = new ArrayList<>();
    int line = 0;
    try {
      for (String text : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        line++;
        String[] fields = text.strip().split("\\s+");
        keys.add(new long[] {Long.parseLong(fields[0]), Long.parseLong(fields[1])});
      }
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new InvalidInputException(
          "a key and an offset a line",
          "something else in line " + line,
          file,
          "bring a whole copy, or take it away");
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable index", FileTrouble.said(e), file, "see to it, or take it away", e);
    }
    keys.sort((a, b) -> Long.compare(a[1], b[1]));
    return keys;
  }

  private static Record record(Shard shard, SeekingInput in, long offset) throws IOException {
    long position = offset;
    int size = 0;
    while (true) {
      in.seek(position);
      if (in.size() - position < PART) {
        throw shard.damaged("whole records", "part of one", position);
      }
      ByteBuffer part = in.bytes(PART);
      int kind = kind(part, position == offset);
      if (kind < 0) {
        throw shard.damaged(
            position == 0 ? "a RecordIO file" : "the start of a record",
            "something else",
            position);
      }
      int length = part.getInt(Integer.BYTES) & LENGTH;
      position += PART + padded(length);
      size += length;
      if (position > in.size()) {
        throw shard.damaged("whole records", "part of one", offset);
      }
      if (kind == WHOLE || kind == LAST) {
        in.seek(offset + PART);
        ByteBuffer start =
            kind == WHOLE
                ? in.bytes(Math.min(size, HEADER + Float.BYTES * MOST_LABELS))
                : data(SeekingInput.read(shard.file(), offset, (int) (position - offset)));
        float[] labels = labels(start);
        if (labels == null) {
          throw shard.damaged("a record that begins with its labels", "another", offset);
        }
        return new Record(offset, (int) (position - offset), labels, size > imageAt(start));
      }
    }
  }

  /** The kind of a part; below 0 if it is none, or not one that may stand here. */
  private static int kind(ByteBuffer part, boolean first) {
    int kind = part.getInt(part.position() + Integer.BYTES) >>> 29;
    boolean fits = first ? kind == WHOLE || kind == FIRST : kind == MIDDLE || kind == LAST;
    return part.getInt(part.position()) == MAGIC && fits ? kind : -1;
  }

  /** The labels of a record; null if it is too short for what it says. */
  private static float[] labels(ByteBuffer data) {
    if (data.remaining() < HEADER || imageAt(data) < HEADER || imageAt(data) > data.remaining()) {
      return null;
    }
    int flag = data.getInt(0);
    if (flag == 0) {
      return new float[] {data.getFloat(Integer.BYTES)};
    }
    float[] labels = new float[flag];
    for (int i = 0; i < flag; i++) {
      labels[i] = data.getFloat(HEADER + i * Float.BYTES);
    }
    return labels;
  }

  /** Where the image starts in the data of a record; below the header for too many labels. */
  private static int imageAt(ByteBuffer data) {
    int flag = data.getInt(0);
    return flag < 0 || flag > MOST_LABELS ? -1 : HEADER + flag * Float.BYTES;
  }

  /** The data of a record, its parts put together. */
  private static ByteBuffer data(ByteBuffer record) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (boolean first = true; record.hasRemaining(); first = false) {
      if (record.remaining() < PART || kind(record, first) < 0) {
        throw new IOException("damaged");
      }
      int length = record.getInt(record.position() + Integer.BYTES) & LENGTH;
      if (!first) {
        data.write(MAGIC_BYTES);
      }
      if (PART + padded(length) > record.remaining()) {
        throw new EOFException("its end is missing");
      }
      data.write(record.array(), record.position() + PART, length);
      record.position(record.position() + PART + padded(length));
    }
    return ByteBuffer.wrap(data.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int padded(int length) {
    return (length + 3) & ~3;
  }

  @Override
  public byte[] image(Shard shard, long offset, int length) throws IOException {
    ByteBuffer data = data(SeekingInput.read(shard.file(), offset, length));
    if (labels(data) == null) {
      throw new IOException("damaged");
    }
    byte[] image = new byte[data.remaining() - imageAt(data)];
    data.get(imageAt(data), image);
    return image;
  }
}

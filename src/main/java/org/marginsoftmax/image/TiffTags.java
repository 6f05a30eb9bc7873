package org.marginsoftmax.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The whole numbers of the first directory of a TIFF file, or of EXIF data, which have the same
 * form. What is damaged or out of place is left out.
 *
 * <p>By hand, because the metadata readers at hand follow every directory and make room for as many
 * values as a tag claims to have.
 */
final class TiffTags {
  static final int WIDTH = 0x100;
  static final int HEIGHT = 0x101;
  static final int BITS = 0x102;
  static final int ORIENTATION = 0x112;
  static final int SAMPLES = 0x115;
  static final int ROWS_OF_STRIP = 0x116;
  static final int TILE_WIDTH = 0x142;
  static final int TILE_HEIGHT = 0x143;
  static final int EXTRA_SAMPLES = 0x152;
  static final int SAMPLE_FORMAT = 0x153;

  private static final int ENTRY = 12;

  /** Types of whole numbers, of two bytes or four, with signs or without. */
  private static final Set<Integer> SHORTS = Set.of(3, 8);

  private static final Set<Integer> LONGS = Set.of(4, 9);

  /** Bytes of a value of each type. */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

  /** The first value of each tag. */
  private final Map<Integer, Long> values = new HashMap<>();

  /** Whether the values of all tags so far are there. */
  private boolean whole = true;

  private TiffTags() {}

  /**
   * Reads the first directory.
   *
   * @param content starts with the byte order mark
   */
  static TiffTags of(byte[] content) {
    TiffTags tags = new TiffTags();
    ByteBuffer data = ByteBuffer.wrap(content);
    if (content.length < 8) {
      return tags;
    }
    switch (data.getShort(0)) {
      case 0x4949 -> data.order(ByteOrder.LITTLE_ENDIAN);
      case 0x4d4d -> data.order(ByteOrder.BIG_ENDIAN);
      default -> {
        return tags;
      }
    }
    long first = Integer.toUnsignedLong(data.getInt(4));
    if (data.getShort(2) == 42 && first + 2 <= content.length) {
      int count = Short.toUnsignedInt(data.getShort((int) first));
      for (int i = 0; i < count && first + 2 + (i + 1L) * ENTRY <= content.length; i++) {
        tags.add(data, (int) first + 2 + i * ENTRY);
      }
    }
    return tags;
  }

  private void add(ByteBuffer data, int at) {
    int tag = Short.toUnsignedInt(data.getShort(at));
    int type = Short.toUnsignedInt(data.getShort(at + 2));
    long count = Integer.toUnsignedLong(data.getInt(at + 4));
    int size = type < SIZES.length ? SIZES[type] : 0;
    if (size == 0 || count == 0) {
      return;
    }
    // Values of more than four bytes lie elsewhere.
    long place = count * size <= 4 ? at + 8 : Integer.toUnsignedLong(data.getInt(at + 8));
    whole &= place + count * size <= data.limit();
    if (place + size <= data.limit() && (SHORTS.contains(type) || LONGS.contains(type))) {
      long value =
          SHORTS.contains(type)
              ? Short.toUnsignedInt(data.getShort((int) place))
              : Integer.toUnsignedLong(data.getInt((int) place));
      if (tag != ORIENTATION) {
        values.putIfAbsent(tag, value);
      } else if (whole) {
        // Of several the last, and none after damage, as in Pillow.
        values.put(tag, value);
      }
    }
  }

  /** The first value of a tag. */
  long get(int tag, long otherwise) {
    return values.getOrDefault(tag, otherwise);
  }

  /** How to turn the image; as stored if the tag is missing, damaged or out of range. */
  Orientation orientation() {
    long value = get(ORIENTATION, 1);
    return value >= 1 && value <= 8 ? new Orientation((int) value) : Orientation.AS_STORED;
  }
}

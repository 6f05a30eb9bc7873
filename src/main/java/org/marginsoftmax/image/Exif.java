package org.marginsoftmax.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** EXIF data as they stand in a JPEG, a PNG or a WebP, of which the orientation is used. */
final class Exif {
  /** Stands before the data in a JPEG, and where programs put it in other files too. */
  private static final byte[] NAME = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);

  /** Bytes that are kept; the orientation stands near the beginning. */
  private static final int LARGEST = 1 << 16;

  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** Adds a segment of a JPEG, if it is one: data too long for one go on in the next. */
  void addSegment(byte[] segment) {
    if (isNamed(segment) && data.size() < LARGEST) {
      data.write(segment, NAME.length, segment.length - NAME.length);
    }
  }

  /** Of the segments added; as stored if there are none. */
  Orientation orientation() {
    return orientation(data.toByteArray());
  }

  /** How to turn the image; as stored if the data are damaged or do not say. */
  static Orientation orientation(byte[] data) {
    byte[] tags = data;
    while (isNamed(tags)) {
      tags = Arrays.copyOfRange(tags, NAME.length, tags.length);
    }
    return TiffTags.of(tags).orientation();
  }

  private static boolean isNamed(byte[] data) {
    return data.length >= NAME.length && Arrays.equals(data, 0, NAME.length, NAME, 0, NAME.length);
  }
}

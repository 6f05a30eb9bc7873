package org.marginsoftmax.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.stream.ImageInputStream;

/**
 * What the header of a JPEG or PNG says about its pixels that Java's decoders ignore. Only short
 * segments are read, and damaged ones are ignored. No metadata library is used, because only three
 * fields are needed.
 *
 * @param orientation EXIF orientation
 * @param components number of components of a JPEG; 0 for other formats
 * @param ycck whether the four components of a JPEG are Y, Cb, Cr and K, as Adobe's marker says
 */
record ImageHeader(Orientation orientation, int components, boolean ycck) {
  private static final int START_OF_IMAGE = 0xffd8;
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
  private static final long PNG = 0x89504e470d0a1a0aL;
  private static final int EXIF_CHUNK = 0x65584966;
  private static final int END_CHUNK = 0x49454e44;
  private static final int LARGEST_EXIF = 1 << 16;

  private static final ImageHeader SILENT = new ImageHeader(Orientation.AS_STORED, 0, false);

  /** Reads from the start of a file, then returns to the start. */
  static ImageHeader read(ImageInputStream in) throws IOException {
    in.seek(0);
    try {
      return in.readUnsignedShort() == START_OF_IMAGE ? jpeg(in) : png(in);
    } catch (EOFException e) {
      return SILENT;
    } finally {
      in.seek(0);
    }
  }

  private static ImageHeader jpeg(ImageInputStream in) throws IOException {
    ImageHeader found = SILENT;
    try {
      int marker = marker(in);
      while (marker != START_OF_SCAN && marker != END_OF_IMAGE && marker >= 0) {
        long at = in.getStreamPosition();
        int length = in.readUnsignedShort();
        if (length < 2) {
          return found;
        }
        found = found.with(marker, length - 2, in);
        in.seek(at + length);
        marker = marker(in);
      }
    } catch (EOFException e) {
      // What came before holds.
    }
    return found;
  }

  /** The next marker; -1 if there is none. */
  private static int marker(ImageInputStream in) throws IOException {
    if (in.readUnsignedByte() != 0xff) {
      return -1;
    }
    int marker = in.readUnsignedByte();
    while (marker == 0xff) {
      marker = in.readUnsignedByte();
    }
    return marker;
  }

  private ImageHeader with(int marker, int length, ImageInputStream in) throws IOException {
    if (marker == APP1 && orientation.equals(Orientation.AS_STORED)) {
      byte[] data = bytes(in, length);
      return startsWith(data, EXIF)
          ? new ImageHeader(
              Orientation.of(Arrays.copyOfRange(data, EXIF.length, data.length)), components, ycck)
          : this;
    }
    if (marker == APP14 && length >= 12) {
      byte[] data = bytes(in, 12);
      return startsWith(data, ADOBE)
          ? new ImageHeader(orientation, components, data[11] == 2)
          : this;
    }
    // Frames of all kinds; between them tables and what was never used.
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      byte[] data = bytes(in, Math.min(length, 6));
      return data.length == 6 ? new ImageHeader(orientation, data[5] & 0xff, ycck) : this;
    }
    return this;
  }

  private static ImageHeader png(ImageInputStream in) throws IOException {
    in.seek(0);
    if (in.readLong() != PNG) {
      return SILENT;
    }
    while (true) {
      long length = in.readUnsignedInt();
      int type = in.readInt();
      if (type == EXIF_CHUNK && length <= LARGEST_EXIF) {
        return new ImageHeader(Orientation.of(bytes(in, (int) length)), 0, false);
      }
      if (type == END_CHUNK) {
        return SILENT;
      }
      in.seek(in.getStreamPosition() + length + 4);
    }
  }

  private static byte[] bytes(ImageInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static boolean startsWith(byte[] data, byte[] start) {
    return data.length >= start.length
        && Arrays.equals(data, 0, start.length, start, 0, start.length);
  }
}

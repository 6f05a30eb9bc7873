package org.marginsoftmax.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.stream.ImageInputStream;

/**
 * What the header of a JPEG or PNG says about its pixels that Java's decoders ignore. Only short
 * segments are read, and damaged ones are ignored. No metadata library is used: those at hand read
 * every segment, and only few fields are needed.
 *
 * @param orientation EXIF orientation
 * @param frame of a JPEG; null for other formats, and if it has none
 * @param clear the transparent value of a grey PNG of less than 8 bits, scaled to 8, which Java's
 *     reader does not do before it compares; -1 for none
 * @param ycck whether the four components of a JPEG are Y, Cb, Cr and K, as Adobe's marker says
 *     with 2, and libjpeg takes other numbers than 0
 */
record ImageHeader(Orientation orientation, JpegFrame frame, int clear, boolean ycck) {
  private static final int START_OF_IMAGE = 0xffd8;
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
  private static final long PNG = 0x89504e470d0a1a0aL;
  private static final int HEADER_CHUNK = 0x49484452;
  private static final int CLEAR_CHUNK = 0x74524e53;
  private static final int EXIF_CHUNK = 0x65584966;
  private static final int END_CHUNK = 0x49454e44;
  private static final int GREY = 0;

  /** The most components of a JPEG. */
  static final int INKS = 4;

  private static final int LARGEST_EXIF = 1 << 16;

  private static final ImageHeader SILENT = new ImageHeader(Orientation.AS_STORED, null, -1, false);

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
    Exif exif = new Exif();
    try {
      int marker = marker(in);
      while (marker != START_OF_SCAN && marker != END_OF_IMAGE && marker >= 0) {
        long at = in.getStreamPosition();
        int length = in.readUnsignedShort();
        if (length < 2) {
          break;
        }
        if (marker == APP1) {
          exif.addSegment(bytes(in, length - 2));
        } else {
          found = found.with(marker, length - 2, in);
        }
        in.seek(at + length);
        marker = marker(in);
      }
      if (marker == START_OF_SCAN && found.frame != null) {
        int at = (int) in.getStreamPosition();
        in.skipBytes(2);
        found = found.with(found.frame.scanned(in.readUnsignedByte(), at));
      }
    } catch (EOFException e) {
      // What came before holds.
    }
    return found.turned(exif.orientation());
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
    if (marker == APP14 && length >= 12) {
      byte[] data = bytes(in, 12);
      return startsWith(data, ADOBE)
          ? new ImageHeader(orientation, frame, -1, data[11] != 0)
          : this;
    }
    // Frames of all kinds; between them tables and what was never used.
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      byte[] data = bytes(in, Math.min(length, JpegFrame.START + INKS * JpegFrame.PER_COMPONENT));
      return data.length >= JpegFrame.START ? with(JpegFrame.of(marker, data)) : this;
    }
    return this;
  }

  private ImageHeader with(JpegFrame frame) {
    return new ImageHeader(orientation, frame, -1, ycck);
  }

  private ImageHeader turned(Orientation orientation) {
    return new ImageHeader(orientation, frame, -1, ycck);
  }

  /** Whether it is a JPEG of this number of components. */
  boolean hasComponents(int number) {
    return frame != null && frame.components() == number;
  }

  private static ImageHeader png(ImageInputStream in) throws IOException {
    in.seek(0);
    if (in.readLong() != PNG) {
      return SILENT;
    }
    Orientation orientation = Orientation.AS_STORED;
    int most = 0;
    int clear = -1;
    try {
      int type = 0;
      while (type != END_CHUNK) {
        long length = in.readUnsignedInt();
        type = in.readInt();
        long after = in.getStreamPosition() + length + 4;
        if (type == HEADER_CHUNK) {
          in.skipBytes(8);
          int bits = in.readUnsignedByte();
          most = bits < 8 && in.readUnsignedByte() == GREY ? (1 << bits) - 1 : 0;
        } else if (type == CLEAR_CHUNK && most > 0 && length == 2) {
          clear = in.readUnsignedShort() * 255 / most;
        } else if (type == EXIF_CHUNK && length <= LARGEST_EXIF) {
          orientation = Exif.orientation(bytes(in, (int) length));
        }
        in.seek(after);
      }
    } catch (EOFException e) {
      // What came before holds.
    }
    return new ImageHeader(orientation, null, clear, false);
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

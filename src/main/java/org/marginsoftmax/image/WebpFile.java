package org.marginsoftmax.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A WebP file as its decoder takes it: one that is not animated.
 *
 * @param still the file itself, or one of the first frame of an animation alone
 * @param canvas size of the picture that the first frame is a part of; null without animation
 * @param left columns of the canvas to the left of the frame
 * @param top rows of the canvas above the frame
 * @param orientation as its EXIF data say
 */
record WebpFile(byte[] still, ImageSize canvas, int left, int top, Orientation orientation) {
  private static final int RIFF = 0x46464952;
  private static final int WEBP = 0x50424557;
  private static final int EXTENDED = 0x58385056;
  private static final int ALPHA = 0x48504c41;
  private static final int FRAME = 0x464d4e41;
  private static final int EXIF = 0x46495845;
  private static final int HEADER = 12;
  private static final int CHUNK = 8;
  private static final int FRAME_HEADER = 16;
  private static final int HAS_ALPHA = 0x10;
  private static final int HAS_EXIF = 0x08;
  private static final int ANIMATED = 0x02;

  /**
   * Finds the first frame and the orientation.
   *
   * @throws IOException if an animation has no frame
   */
  static WebpFile of(byte[] content) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    boolean described = false;
    Orientation orientation = null;
    WebpFile frame = null;
    ImageSize canvas = null;
    for (long at = HEADER; at + CHUNK <= content.length; at = after(data, (int) at)) {
      int start = (int) at + CHUNK;
      int end = (int) Math.min(content.length, start + length(data, (int) at));
      switch (data.getInt((int) at)) {
        case EXTENDED -> {
          described = end > start && (content[start] & HAS_EXIF) != 0;
          if (end - start >= 10 && (content[start] & ANIMATED) != 0) {
            canvas = new ImageSize(1 + three(data, start + 7), 1 + three(data, start + 4));
          }
        }
        case FRAME -> {
          if (frame == null && canvas != null && end - start > FRAME_HEADER) {
            frame = frame(data, start, end, canvas);
          }
        }
        case EXIF -> {
          // Of several the first, and none that the header does not name, as libwebp has it.
          if (described && orientation == null) {
            orientation = Exif.orientation(Arrays.copyOfRange(content, start, end));
          }
        }
        default -> {
          // Pixels, which the decoder reads, or what has no part in them.
        }
      }
    }
    Orientation turn = orientation == null ? Orientation.AS_STORED : orientation;
    if (canvas == null) {
      return new WebpFile(content, null, 0, 0, turn);
    }
    if (frame == null) {
      throw new IOException("an animation without a frame");
    }
    return new WebpFile(frame.still, canvas, frame.left, frame.top, turn);
  }

  private static long after(ByteBuffer data, int at) {
    long length = length(data, at);
    return at + CHUNK + length + (length & 1);
  }

  private static long length(ByteBuffer data, int at) {
    return Integer.toUnsignedLong(data.getInt(at + 4));
  }

  private static int three(ByteBuffer data, int at) {
    return data.getShort(at) & 0xffff | (data.get(at + 2) & 0xff) << 16;
  }

  /** A file of one frame: a header of its size, its alpha and its pixels. */
  private static WebpFile frame(ByteBuffer data, int start, int end, ImageSize canvas) {
    int from = start + FRAME_HEADER;
    boolean alpha = from + 4 <= end && data.getInt(from) == ALPHA;
    ByteBuffer still =
        ByteBuffer.allocate(HEADER + CHUNK + 10 + end - from).order(ByteOrder.LITTLE_ENDIAN);
    still.putInt(RIFF).putInt(still.capacity() - CHUNK).putInt(WEBP);
    if (alpha) {
      still.putInt(EXTENDED).putInt(10).putInt(HAS_ALPHA);
      still.put(data.array(), start + 6, 6);
    } else {
      // Without a header, in which alpha would have to be what the pixels of this frame say.
      still = ByteBuffer.allocate(HEADER + end - from).order(ByteOrder.LITTLE_ENDIAN);
      still.putInt(RIFF).putInt(still.capacity() - CHUNK).putInt(WEBP);
    }
    still.put(data.array(), from, end - from);
    return new WebpFile(
        still.array(),
        canvas,
        2 * three(data, start),
        2 * three(data, start + 3),
        Orientation.AS_STORED);
  }
}

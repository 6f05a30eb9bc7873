package org.marginsoftmax.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.image.DecodeJpeg;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Decodes the everyday kind of JPEG with the decoder that TensorFlow contains, libjpeg-turbo, in a
 * third of the time of Java's. Both give the same pixels. It does not tell what libjpeg warns of:
 * what may be damaged is left to Java's, which does. (Bytes that are missing in the middle are seen
 * by the cells that then are missing at the end, unless the values end in the very last one.)
 *
 * @param values height x width x components
 * @param size as stored
 * @param components 1 for grey, 3 for red, green and blue
 * @param orientation how to turn it
 */
record TurboJpeg(byte[] values, ImageSize size, int components, Orientation orientation) {
  private static final int END_OF_IMAGE = 0xd9;
  private static final int FIRST_RESTART = 0xd0;

  /** Bytes of the header of a scan, and of each component in it. */
  private static final int SCAN_HEADER = 6;

  private static final int SCAN_COMPONENT = 2;

  /** What libjpeg fills in where the values of a cell are missing, for each colour. */
  private static final byte MISSING = (byte) 128;

  /**
   * The header of a file that is decoded here.
   *
   * @return null for another kind of file, or one that may be damaged
   */
  static ImageHeader header(byte[] content) throws IOException {
    if (content.length < 4 || content[0] != (byte) 0xff || content[1] != (byte) 0xd8) {
      return null;
    }
    ImageHeader header = ImageHeader.read(new ByteArrayImageInputStream(content));
    JpegFrame frame = header.frame();
    return frame == null
            || !frame.isPlain()
            || !hasEnd(content, frame)
            || ImageDecoder.isTooLarge(frame.size(), content.length)
        ? null
        : header;
  }

  /**
   * Whether the values of the scan go on, with marks to restart in their order, to the mark of the
   * end. What follows that is no part of the picture, such as the film of a motion photo.
   */
  private static boolean hasEnd(byte[] content, JpegFrame frame) {
    int restarts = 0;
    int from = frame.scan() + SCAN_HEADER + frame.scanned() * SCAN_COMPONENT;
    for (int i = from; i + 1 < content.length; i++) {
      if (content[i] != (byte) 0xff) {
        continue;
      }
      int next = content[i + 1] & 0xff;
      if (next == END_OF_IMAGE) {
        return true;
      }
      if (next == FIRST_RESTART + restarts % 8) {
        restarts++;
      } else if (next != 0 && next != 0xff) {
        return false;
      }
    }
    return false;
  }

  /**
   * Decodes a file.
   *
   * @return null if it may be damaged
   */
  static TurboJpeg decode(byte[] content, ImageHeader header) {
    JpegFrame frame = header.frame();
    byte[] values = Kernel.decoded(content);
    if (values == null || values.length != frame.values()) {
      return null;
    }
    TurboJpeg decoded =
        new TurboJpeg(values, frame.size(), frame.components(), header.orientation());
    return decoded.mayMissCells(frame.cell()) ? null : decoded;
  }

  /**
   * Whether a cell is of one grey, as it is where the values end too early. The pixels at its edges
   * do not count: their colours are interpolated.
   */
  private boolean mayMissCells(ImageSize cell) {
    for (int top = 0; top < size.height(); top += cell.height()) {
      for (int left = 0; left < size.width(); left += cell.width()) {
        int firstRow = Math.min(top + 1, size.height() - 1);
        int firstColumn = Math.min(left + 1, size.width() - 1);
        int rows = Math.min(top + cell.height() - 1, size.height()) - firstRow;
        int columns = Math.min(left + cell.width() - 1, size.width()) - firstColumn;
        if (isMissing(firstRow, firstColumn, Math.max(1, rows), Math.max(1, columns))) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isMissing(int top, int left, int rows, int columns) {
    for (int y = top; y < top + rows; y++) {
      int from = (y * size.width() + left) * components;
      for (int i = from; i < from + columns * components; i++) {
        if (values[i] != MISSING) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The pixels as stored.
   *
   * @param channels 1 for grey, 3 for red, green, blue
   */
  ImageResize.Rows rows(int channels) {
    int width = size.width();
    if (channels == components) {
      return (y, row) -> System.arraycopy(values, y * row.length, row, 0, row.length);
    }
    if (components == 1) {
      return (y, row) -> {
        for (int i = 0; i < row.length; i++) {
          row[i] = values[y * width + i / 3];
        }
      };
    }
    return (y, row) -> {
      for (int x = 0; x < width; x++) {
        int at = (y * width + x) * 3;
        row[x] =
            (byte) PixelRows.luma(values[at] & 0xff, values[at + 1] & 0xff, values[at + 2] & 0xff);
      }
    };
  }

  /** The graph of one operation; made with the first image, and there as long as the process. */
  private static final class Kernel {
    private static final Session SESSION;
    private static final Placeholder<TString> CONTENT;
    private static final Operand<TUint8> PIXELS;

    /** In the thread that asks: images are decoded in many at once. */
    private static final RunOptions HERE = RunOptions.newBuilder().setInterOpThreadPool(-1).build();

    static {
      Graph graph = new Graph();
      Ops tf = Ops.create(graph);
      CONTENT = tf.placeholder(TString.class);
      PIXELS =
          tf.image.decodeJpeg(
              CONTENT, DecodeJpeg.channels(0L), DecodeJpeg.dctMethod("INTEGER_ACCURATE"));
      SESSION = new Session(graph, ConfigProto.newBuilder().putDeviceCount("GPU", 0).build());
    }

    /** The pixels; null if it is none that TensorFlow decodes. */
    static byte[] decoded(byte[] content) {
      try (TString in = TString.tensorOfBytes(NdArrays.scalarOfObject(content));
          Result result = SESSION.runner().feed(CONTENT, in).fetch(PIXELS).setOptions(HERE).run()) {
        TUint8 pixels = (TUint8) result.get(0);
        byte[] values = new byte[Math.toIntExact(pixels.size())];
        pixels.asRawTensor().data().read(values);
        return values;
      } catch (RuntimeException e) {
        return null; // Whatever TensorFlow says of it, Java's decoder says it better.
      }
    }
  }
}

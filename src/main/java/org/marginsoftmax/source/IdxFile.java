package org.marginsoftmax.source;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipException;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Pixels;

/**
 * Reads IDX files, the format of MNIST and similar data sets. Whether a file is plain or
 * gzip-compressed is detected from its content, not its name. Every defect is reported by an {@link
 * InvalidInputException}; memory use grows with the content of the file, never with what its header
 * claims.
 */
public final class IdxFile {
  private static final int[] IMAGE_TYPES = {IdxHeader.UINT8};
  private static final int[] IMAGE_RANKS = {3, 4};
  private static final int[] LABEL_TYPES = {IdxHeader.UINT8, IdxHeader.INT32};
  private static final int[] LABEL_RANKS = {1};

  /** The largest compression ratio of deflate. */
  private static final int LARGEST_RATIO = 1032;

  private static final int LABELS_AT_ONCE = 1 << 18;

  private IdxFile() {}

  /**
   * Images as read.
   *
   * @param pixels the images
   * @param sha256 SHA-256 of the decompressed file
   */
  public record Images(Pixels pixels, String sha256) {}

  /**
   * Labels as read, unchecked integers.
   *
   * @param values one label per sample
   * @param sha256 SHA-256 of the decompressed file
   */
  public record Labels(int[] values, String sha256) {}

  /**
   * Reads images: uint8, [n, height, width] or [n, height, width, channels].
   *
   * @throws InvalidInputException if the file is missing, damaged, empty or of another type
   */
  public static Images readImages(Path file) {
    return read(
        file,
        in -> {
          IdxHeader header = IdxHeader.read(in, file);
          header.require("images", IMAGE_TYPES, IMAGE_RANKS, file);
          ImageShape shape = shape(header.dimensions(), file);
          Pixels pixels = Pixels.read(in, shape, header.dimensions()[0], Pixels.CHUNK);
          requireEnd(in, header, shape.size(), file);
          return new Images(pixels, in.hash());
        });
  }

  /**
   * Bytes of the images in a file, as its header says and the file can hold; 0 for a file that
   * reading it will refuse.
   */
  static long promisedBytes(Path file) {
    FileTrouble.requireFileOrFolder(file);
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
      boolean gzip = GzipContent.startsIn(bytes);
      double promised = 1;
      for (int size : IdxHeader.read(gzip ? new GzipContent(bytes) : bytes, file).dimensions()) {
        promised *= Math.max(0, size);
      }
      return (long) Math.min(promised, (double) Files.size(file) * (gzip ? LARGEST_RATIO : 1));
    } catch (IOException | InvalidInputException e) {
      return 0;
    }
  }

  /**
   * Reads labels: uint8 or int32, [n].
   *
   * @throws InvalidInputException if the file is missing, damaged, empty or of another type
   */
  public static Labels readLabels(Path file) {
    return read(
        file,
        in -> {
          IdxHeader header = IdxHeader.read(in, file);
          header.require("labels", LABEL_TYPES, LABEL_RANKS, file);
          int bytes = header.type() == IdxHeader.UINT8 ? 1 : Integer.BYTES;
          int[] values = labels(in, header.dimensions()[0], bytes);
          requireEnd(in, header, bytes, file);
          return new Labels(values, in.hash());
        });
  }

  private interface Parser<T> {
    T parse(HashingInput in) throws IOException;
  }

  private static <T> T read(Path file, Parser<T> parser) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "an IDX file", Files.isDirectory(file) ? "a folder" : "none", file, "check the path");
    }
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
      return GzipContent.startsIn(bytes)
          ? readGzip(file, bytes, parser)
          : parser.parse(new HashingInput(bytes));
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable file", FileTrouble.said(e), file, "check the file", e);
    }
  }

  private static <T> T readGzip(Path file, InputStream bytes, Parser<T> parser) throws IOException {
    try (GzipContent gzip = new GzipContent(bytes)) {
      T parsed = parser.parse(new HashingInput(gzip));
      if (gzip.hasTrailingBytes()) {
        throw new InvalidInputException(
            "nothing after the gzip stream", "trailing bytes", file, IdxHeader.DAMAGED);
      }
      return parsed;
    } catch (EOFException e) {
      throw new InvalidInputException(
          "a complete gzip stream", "a truncated one", file, IdxHeader.DAMAGED, e);
    } catch (ZipException e) {
      throw new InvalidInputException(
          "a sound gzip stream", "a corrupt one: " + e.getMessage(), file, IdxHeader.DAMAGED, e);
    }
  }

  private static ImageShape shape(int[] dimensions, Path file) {
    try {
      return new ImageShape(
          dimensions[1], dimensions[2], dimensions.length == 4 ? dimensions[3] : 1);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          "images that fit in a Java array",
          "dimensions " + Arrays.toString(dimensions),
          file,
          IdxHeader.DAMAGED,
          e);
    }
  }

  /** Reads integers until their number is reached or the stream ends. */
  private static int[] labels(InputStream in, int count, int bytes) throws IOException {
    int[] labels = new int[Math.min(count, LABELS_AT_ONCE)];
    int read = 0;
    while (read < count) {
      byte[] block = in.readNBytes(Math.min(LABELS_AT_ONCE, count - read) * bytes);
      int values = block.length / bytes;
      if (read + values > labels.length) {
        labels = Arrays.copyOf(labels, (int) Math.min(count, 2L * labels.length));
      }
      if (bytes == 1) {
        for (int i = 0; i < values; i++) {
          labels[read + i] = block[i] & 0xff;
        }
      } else {
        ByteBuffer.wrap(block).asIntBuffer().get(labels, read, values);
      }
      read += values;
      if (values == 0) {
        break;
      }
    }
    return labels;
  }

  /** Refuses a file that ended before what its header promises, or goes on after it. */
  private static void requireEnd(HashingInput in, IdxHeader header, int sampleBytes, Path file)
      throws IOException {
    long promised = header.bytes() + (long) header.dimensions()[0] * sampleBytes;
    String expected =
        promised + " bytes, as the header's " + Arrays.toString(header.dimensions()) + " say";
    if (in.count() < promised) {
      throw new InvalidInputException(
          expected, in.count() + ": it is truncated", file, "copy or download it again");
    }
    // In a gzip stream, reading the end is also what compares the checksum.
    if (in.read() >= 0) {
      throw new InvalidInputException(
          expected, "more: it has trailing bytes", file, "copy or download it again");
    }
  }
}

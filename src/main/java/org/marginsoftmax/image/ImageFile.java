package org.marginsoftmax.image;

import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.data.ImageShape;

/**
 * Reads image files: PNG, JPEG, BMP, TIFF, WebP and GIF, told apart by their content; of several
 * pictures in a file the first. Values are taken as they are stored, without the file's colour
 * profile, as Pillow and TensorFlow do: grey stays what it is; colours become grey as Rec. 601
 * luma; transparent pixels are blended with white; 16-bit samples keep their upper byte; CMYK
 * becomes the light that its inks reflect. Images are rotated or mirrored according to their EXIF
 * orientation, or the tag of a TIFF.
 */
public final class ImageFile {
  /** The kinds of files that are read, in words. */
  public static final String KINDS = "PNG, JPEG, GIF, BMP, TIFF or WebP";

  /** Raised whenever the same file gives other pixels than before. */
  public static final int VERSION = 3;

  /** Number of pixels of the largest image that is decoded. */
  public static final int LARGEST = 100_000_000;

  /**
   * For images above {@link #BELIEVED} pixels: the largest number of pixels per byte of the file. A
   * header that claims more is treated as a decompression bomb, and nothing is decoded.
   */
  public static final int PIXELS_PER_BYTE = 200;

  /**
   * Images of up to this many pixels are decoded however small their file: a blank page scanned at
   * 300 dpi has 8.7 million pixels in about ten kilobytes.
   */
  public static final int BELIEVED = 10_000_000;

  /** The longest file that is read, in bytes: 100 million pixels of 8 bytes, and a little. */
  private static final long LARGEST_FILE = 1L << 30;

  /** Bytes that a decoded pixel takes, at most but for rare kinds. */
  private static final long MOST_PER_PIXEL = 8;

  private ImageFile() {}

  /**
   * Reads an image from a file and brings it to size.
   *
   * @param form shape of the result, and how the image is brought to it
   * @return bytes, height x width x channels
   * @throws IOException if the file is of no kind that is read, is damaged or is too large
   */
  public static byte[] read(Path file, ImageForm form) throws IOException {
    return read(content(file), form);
  }

  /**
   * Reads an image from the bytes of a file and brings it to size.
   *
   * @param form shape of the result, and how the image is brought to it
   * @return bytes, height x width x channels
   * @throws IOException if the content is of no kind that is read, is damaged or is too large
   */
  public static byte[] read(byte[] content, ImageForm form) throws IOException {
    byte[] quick = quick(content, form);
    return quick != null
        ? quick
        : decoded(
            content,
            decoder ->
                DecodingRoom.in(
                    MOST_PER_PIXEL * decoder.stored().height() * decoder.stored().width(),
                    () -> resized(decoder.decode(), decoder.orientation(), form)));
  }

  /** Reads the size of an image from the header of a file, after rotation to its orientation. */
  public static ImageSize size(Path file) throws IOException {
    return size(content(file));
  }

  /** Reads the size of an image from the bytes of a file, after rotation to its orientation. */
  public static ImageSize size(byte[] content) throws IOException {
    return decoded(
        content,
        decoder ->
            decoder.orientation().swapsSides() ? decoder.stored().turned() : decoder.stored());
  }

  /** Whether an image has colour; one with a palette has if a colour in it is not grey. */
  public static boolean isColor(Path file) throws IOException {
    return isColor(content(file));
  }

  /** Whether the image in the bytes of a file has colour. */
  public static boolean isColor(byte[] content) throws IOException {
    return decoded(content, ImageDecoder::isColor);
  }

  /** By TurboJpeg; null if that does not decode it, or fails: others then know better why. */
  private static byte[] quick(byte[] content, ImageForm form) throws IOException {
    try {
      ImageHeader header = TurboJpeg.header(content);
      return header == null
          ? null
          : DecodingRoom.in(
              header.frame().values(),
              () -> {
                TurboJpeg jpeg = TurboJpeg.decode(content, header);
                return jpeg == null
                    ? null
                    : resized(
                        jpeg.rows(form.shape().channels()), jpeg.size(), jpeg.orientation(), form);
              });
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }

  private interface Use<T> {
    T of(ImageDecoder decoder) throws IOException;
  }

  private static <T> T decoded(byte[] content, Use<T> use) throws IOException {
    try (ImageDecoder decoder = new ImageDecoder(content)) {
      return use.of(decoder);
    } catch (RuntimeException e) {
      // Decoders meet damage with whatever exception it leads to, in words of their own.
      throw new IOException("damaged", e);
    } catch (LinkageError e) {
      throw new IOException("its decoder does not run on this system", e);
    }
  }

  private static byte[] content(Path file) throws IOException {
    if (!Files.isRegularFile(file) && !Files.isDirectory(file) && Files.exists(file)) {
      throw new IOException("a pipe, a socket or a device");
    }
    long bytes = Files.size(file);
    if (bytes > LARGEST_FILE) {
      throw new IOException("too large: %d bytes".formatted(bytes));
    }
    return Files.readAllBytes(file);
  }

  /** Resizes an image in memory, in the same way as an image read from a file. */
  public static byte[] resized(BufferedImage image, ImageForm form) {
    return resized(image, Orientation.AS_STORED, form);
  }

  static byte[] resized(BufferedImage image, Orientation orientation, ImageForm form) {
    return resized(
        new PixelRows(image, form.shape().channels()),
        new ImageSize(image.getHeight(), image.getWidth()),
        orientation,
        form);
  }

  private static byte[] resized(
      ImageResize.Rows rows, ImageSize stored, Orientation orientation, ImageForm form) {
    int channels = form.shape().channels();
    Placement placed =
        Placement.of(form.fit(), orientation.swapsSides() ? stored.turned() : stored, form.size());
    byte[] part =
        ImageResize.of(rows, stored, channels, orientation.swapsSides() ? placed.turned() : placed);
    return bordered(orientation.upright(part, placed.size(), channels), placed, form);
  }

  /** The part of an image that was resized, in its place in the sample. */
  private static byte[] bordered(byte[] part, Placement placed, ImageForm form) {
    ImageShape shape = form.shape();
    if (part.length == shape.size()) {
      return part;
    }
    byte[] whole = new byte[shape.size()];
    Arrays.fill(whole, (byte) form.fit().border());
    int row = placed.size().width() * shape.channels();
    for (int y = 0; y < placed.size().height(); y++) {
      int at = ((placed.above() + y) * shape.width() + placed.before()) * shape.channels();
      System.arraycopy(part, y * row, whole, at, row);
    }
    return whole;
  }

  /** The reason why an image could not be read, in a few words. */
  public static String said(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    return e instanceof EOFException || e.getMessage() == null
        ? "its end is missing"
        : FileTrouble.said(e);
  }
}

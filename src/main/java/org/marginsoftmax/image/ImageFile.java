package org.marginsoftmax.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.data.ImageShape;

/**
 * Reads image files: PNG, JPEG or BMP. Grey values are used as stored; colours become grey as Rec.
 * 601 luma; transparent pixels are blended with white; 16-bit samples keep their upper byte; CMYK
 * is converted to RGB. Images are rotated or mirrored according to their EXIF orientation.
 */
public final class ImageFile {
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

  private static final Set<String> FORMATS = Set.of("png", "jpeg", "bmp");

  /** Warnings of the JPEG decoder about truncated files, whose missing part it fills with grey. */
  private static final Pattern CUT_OFF =
      Pattern.compile("premature end|truncated", Pattern.CASE_INSENSITIVE);

  /** Components of a CMYK JPEG. */
  private static final int INKS = 4;

  private ImageFile() {}

  /**
   * Reads an image from a file and resizes it.
   *
   * @param form shape of the result, and how the image is brought to it
   * @return bytes, height x width x channels
   * @throws IOException if the file is not a PNG, JPEG or BMP image, is damaged or is too large
   */
  public static byte[] read(Path file, ImageForm form) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      return read(in, Files.size(file), form);
    }
  }

  /**
   * Reads an image from the bytes of a file and resizes it.
   *
   * @param form shape of the result, and how the image is brought to it
   * @return bytes, height x width x channels
   * @throws IOException if the content is not a PNG, JPEG or BMP image, is damaged or is too large
   */
  public static byte[] read(byte[] content, ImageForm form) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      return read(in, content.length, form);
    }
  }

  private static byte[] read(ImageInputStream in, long bytes, ImageForm form) throws IOException {
    ImageReader reader = reader(in);
    try {
      ImageHeader header = ImageHeader.read(in);
      BufferedImage image =
          header.components() == INKS ? inks(reader, header.ycck(), bytes) : decode(reader, bytes);
      return resized(image, header.orientation(), form);
    } catch (RuntimeException e) {
      // Decoders meet damage with whatever exception it leads to.
      throw new IOException(e);
    } finally {
      reader.dispose();
    }
  }

  /** Reads the size of an image from the header of a file, after rotation to its orientation. */
  public static ImageSize size(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      return size(in);
    }
  }

  /** Reads the size of an image from the bytes of a file, after rotation to its orientation. */
  public static ImageSize size(byte[] content) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      return size(in);
    }
  }

  private static ImageSize size(ImageInputStream in) throws IOException {
    ImageReader reader = reader(in);
    try {
      // Before the reader, which gives up what it has read.
      Orientation orientation = ImageHeader.read(in).orientation();
      ImageSize stored = new ImageSize(reader.getHeight(0), reader.getWidth(0));
      return orientation.swapsSides() ? stored.turned() : stored;
    } catch (RuntimeException e) {
      throw new IOException(e);
    } finally {
      reader.dispose();
    }
  }

  /** Resizes an image in memory, in the same way as an image read from a file. */
  public static byte[] resized(BufferedImage image, ImageForm form) {
    return resized(image, Orientation.AS_STORED, form);
  }

  static byte[] resized(BufferedImage image, Orientation orientation, ImageForm form) {
    int channels = form.shape().channels();
    ImageSize stored = new ImageSize(image.getHeight(), image.getWidth());
    Placement placed =
        Placement.of(form.fit(), orientation.swapsSides() ? stored.turned() : stored, form.size());
    byte[] part =
        ImageResize.of(
            new PixelRows(image, channels),
            stored,
            channels,
            orientation.swapsSides() ? placed.turned() : placed);
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

  /** Whether the header says that the image has colour; images with a palette count as colour. */
  public static boolean isColor(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      ImageReader reader = reader(in);
      try {
        return ImageHeader.read(in).components() == INKS
            || reader.getImageTypes(0).next().getNumBands() > 2
            || reader.getImageTypes(0).next().getColorModel() instanceof IndexColorModel;
      } finally {
        reader.dispose();
      }
    }
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

  private static BufferedImage decode(ImageReader reader, long bytes) throws IOException {
    return whole(reader, bytes, () -> reader.read(0));
  }

  /** Converts a CMYK image to RGB. */
  private static BufferedImage inks(ImageReader reader, boolean ycck, long bytes)
      throws IOException {
    Raster raster = whole(reader, bytes, () -> reader.readRaster(0, null));
    BufferedImage image =
        new BufferedImage(raster.getWidth(), raster.getHeight(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        image.setRGB(x, y, InkPixels.rgb(raster, x, y, ycck));
      }
    }
    return image;
  }

  private interface Decoding<T> {
    T run() throws IOException;
  }

  /** Decodes an image, refusing one that is too large or truncated. */
  private static <T> T whole(ImageReader reader, long bytes, Decoding<T> decoding)
      throws IOException {
    long size = (long) reader.getWidth(0) * reader.getHeight(0);
    if (size > LARGEST || size > Math.max(BELIEVED, PIXELS_PER_BYTE * bytes)) {
      throw new IOException(
          "too large: %d x %d pixels in %d bytes"
              .formatted(reader.getWidth(0), reader.getHeight(0), bytes));
    }
    boolean[] cut = {false};
    reader.addIIOReadWarningListener(
        (source, warning) -> cut[0] |= CUT_OFF.matcher(warning).find());
    T decoded = decoding.run();
    if (cut[0]) {
      throw new IOException("cut off, its end is missing");
    }
    return decoded;
  }

  private static ImageReader reader(ImageInputStream in) throws IOException {
    if (in == null) {
      throw new IOException("cannot be opened");
    }
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        // Without what is written beside the pixels, which may be a bomb too.
        reader.setInput(in, true, true);
        return reader;
      }
      reader.dispose();
    }
    throw new IOException("no PNG, JPEG or BMP");
  }
}

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
   * @param target shape of the result; 1 channel for grey, 3 for red, green, blue
   * @return bytes, height x width x channels
   * @throws IOException if the file is not a PNG, JPEG or BMP image, is damaged or is too large
   */
  public static byte[] read(Path file, ImageShape target) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      return read(in, Files.size(file), target);
    }
  }

  /**
   * Reads an image from the bytes of a file and resizes it.
   *
   * @param target shape of the result; 1 channel for grey, 3 for red, green, blue
   * @return bytes, height x width x channels
   * @throws IOException if the content is not a PNG, JPEG or BMP image, is damaged or is too large
   */
  public static byte[] read(byte[] content, ImageShape target) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      return read(in, content.length, target);
    }
  }

  private static byte[] read(ImageInputStream in, long bytes, ImageShape target)
      throws IOException {
    ImageReader reader = reader(in);
    try {
      ImageHeader header = ImageHeader.read(in);
      Orientation orientation = header.orientation();
      ImageShape stored = orientation.stored(target);
      byte[] pixels =
          header.components() == INKS
              ? resized(inks(reader, header.ycck(), bytes), stored)
              : resized(decode(reader, bytes), stored);
      return orientation.upright(pixels, target);
    } catch (RuntimeException e) {
      // Decoders meet damage with whatever exception it leads to.
      throw new IOException(e);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Size of an image after rotation to its EXIF orientation.
   *
   * @param width width in pixels
   * @param height height in pixels
   */
  public record Size(int width, int height) {}

  /** Reads the size of an image from the header of a file. */
  public static Size size(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      return size(in);
    }
  }

  /** Reads the size of an image from the bytes of a file. */
  public static Size size(byte[] content) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      return size(in);
    }
  }

  private static Size size(ImageInputStream in) throws IOException {
    ImageReader reader = reader(in);
    try {
      return ImageHeader.read(in).orientation().swapsSides()
          ? new Size(reader.getHeight(0), reader.getWidth(0))
          : new Size(reader.getWidth(0), reader.getHeight(0));
    } catch (RuntimeException e) {
      throw new IOException(e);
    } finally {
      reader.dispose();
    }
  }

  /** Resizes an image in memory, in the same way as an image read from a file. */
  public static byte[] resized(BufferedImage image, ImageShape target) {
    float[] pixels = pixels(image, target.channels());
    return ImageResize.to(target, pixels, image.getHeight(), image.getWidth());
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

  private static float[] pixels(BufferedImage image, int channels) {
    int width = image.getWidth();
    int height = image.getHeight();
    float[] pixels = new float[width * height * channels];
    Raster raster = image.getRaster();
    // getRGB would take grey for linear light and brighten it.
    boolean grey =
        raster.getNumBands() <= 2
            && !(image.getColorModel().getPixelSize() < 8)
            && !(image.getColorModel() instanceof IndexColorModel);
    boolean clear = grey && raster.getNumBands() == 2;
    int shift = grey && image.getColorModel().getComponentSize(0) > 8 ? 8 : 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = (y * width + x) * channels;
        if (grey) {
          float alpha = clear ? (raster.getSample(x, y, 1) >> shift) / 255f : 1;
          float value = over(raster.getSample(x, y, 0) >> shift, alpha);
          Arrays.fill(pixels, at, at + channels, value);
        } else {
          color(image.getRGB(x, y), pixels, at, channels);
        }
      }
    }
    return pixels;
  }

  private static void color(int argb, float[] pixels, int at, int channels) {
    float alpha = (argb >>> 24) / 255f;
    float red = over(argb >> 16, alpha);
    float green = over(argb >> 8, alpha);
    float blue = over(argb, alpha);
    if (channels == 1) {
      pixels[at] = 0.299f * red + 0.587f * green + 0.114f * blue;
    } else {
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
    }
  }

  private static float over(int value, float alpha) {
    return (value & 0xff) * alpha + 255 * (1 - alpha);
  }
}

package org.marginsoftmax.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
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

/**
 * Reads an image file: PNG, JPEG or BMP. Grey is the sample value as stored, or Rec. 601 luma of a
 * colour; transparent pixels lie on white; 16-bit samples keep their upper byte; EXIF orientation
 * is not looked at.
 */
public final class ImageFile {
  /** Pixels of the largest image that is decoded. */
  public static final int LARGEST = 100_000_000;

  /**
   * Above {@link #BELIEVED} pixels a header is believed up to so many for each byte of the file:
   * one that promises more is taken for a bomb before anything is decoded.
   */
  public static final int PIXELS_PER_BYTE = 200;

  /** A white page, scanned at 300 dots an inch, has 8.7 million pixels in some ten kilobytes. */
  public static final int BELIEVED = 10_000_000;

  private static final Set<String> FORMATS = Set.of("png", "jpeg", "bmp");

  /** What the JPEG decoder only warns of, and fills up with grey. */
  private static final Pattern CUT_OFF =
      Pattern.compile("premature end|truncated", Pattern.CASE_INSENSITIVE);

  private ImageFile() {}

  /**
   * The image, resized.
   *
   * @param target shape to have; 1 channel for grey, 3 for red, green, blue
   * @return bytes, height x width x channels
   * @throws IOException if the file is no such image, damaged or too large
   */
  public static byte[] read(Path file, ImageShape target) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      return resized(decode(in, Files.size(file)), target);
    }
  }

  /** Likewise from the content of a file. */
  public static byte[] read(byte[] content, ImageShape target) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      return resized(decode(in, content.length), target);
    }
  }

  /**
   * Size of an image, told from its header.
   *
   * @param width in pixels
   * @param height in pixels
   */
  public record Size(int width, int height) {}

  /** Size of the image in a file. */
  public static Size size(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      return size(in);
    }
  }

  /** Likewise from the content of a file. */
  public static Size size(byte[] content) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      return size(in);
    }
  }

  private static Size size(ImageInputStream in) throws IOException {
    ImageReader reader = reader(in);
    try {
      return new Size(reader.getWidth(0), reader.getHeight(0));
    } catch (RuntimeException e) {
      throw new IOException(e);
    } finally {
      reader.dispose();
    }
  }

  /** An image in memory, resized likewise. */
  public static byte[] resized(BufferedImage image, ImageShape target) {
    float[] pixels = pixels(image, target.channels());
    return ImageResize.to(target, pixels, image.getHeight(), image.getWidth());
  }

  /** Whether the file holds a colour image, told from its header. */
  static boolean isColor(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      ImageReader reader = reader(in);
      try {
        return reader.getImageTypes(0).next().getNumBands() > 2
            || reader.getImageTypes(0).next().getColorModel() instanceof IndexColorModel;
      } finally {
        reader.dispose();
      }
    }
  }

  /** Why an image could not be read, in a few words. */
  public static String said(IOException e) {
    return e instanceof EOFException || e.getMessage() == null
        ? "its end is missing"
        : e.getMessage().lines().findFirst().orElse("empty");
  }

  private static BufferedImage decode(ImageInputStream in, long bytes) throws IOException {
    ImageReader reader = reader(in);
    try {
      long size = (long) reader.getWidth(0) * reader.getHeight(0);
      if (size > LARGEST || size > Math.max(BELIEVED, PIXELS_PER_BYTE * bytes)) {
        throw new IOException(
            "too large: %d x %d pixels in %d bytes"
                .formatted(reader.getWidth(0), reader.getHeight(0), bytes));
      }
      boolean[] cut = {false};
      reader.addIIOReadWarningListener(
          (source, warning) -> cut[0] |= CUT_OFF.matcher(warning).find());
      BufferedImage image = reader.read(0);
      if (cut[0]) {
        throw new IOException("cut off, its end is missing");
      }
      return image;
    } catch (RuntimeException e) {
      // Decoders meet damage with whatever exception it leads to.
      throw new IOException(e);
    } finally {
      reader.dispose();
    }
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

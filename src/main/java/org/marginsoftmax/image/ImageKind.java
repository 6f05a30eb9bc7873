package org.marginsoftmax.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The kinds of image files that are read, told apart by their first bytes, whatever their name.
 *
 * <p>The reader of each kind is named here, those of Java by their class and the others by their
 * constructor, and none is registered: what is read does not depend on which other readers a
 * program has, nor on its class loaders.
 */
enum ImageKind {
  PNG,
  JPEG,
  GIF,
  BMP,
  TIFF,
  WEBP;

  private static final String OF_JAVA = "com.sun.imageio.plugins.";

  /**
   * The kind of a file.
   *
   * @throws IOException if it is none of these
   */
  static ImageKind of(byte[] content) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(12).put(content, 0, Math.min(12, content.length));
    switch (start.getShort(0)) {
      case (short) 0xffd8 -> {
        return JPEG;
      }
      case 0x424d -> {
        return BMP;
      }
      default -> {
        return switch (start.getInt(0)) {
          case 0x89504e47 -> PNG;
          case 0x47494638 -> GIF;
          case 0x49492a00, 0x4d4d002a -> TIFF;
          case 0x52494646 -> {
            if (start.getInt(8) == 0x57454250) {
              yield WEBP;
            }
            throw none();
          }
          default -> throw none();
        };
      }
    }
  }

  private static IOException none() {
    return new IOException("no " + ImageFile.KINDS);
  }

  /** A new reader, which the caller disposes of. */
  ImageReader reader() throws IOException {
    return switch (this) {
      case TIFF -> new TIFFImageReaderSpi().createReaderInstance(null);
      case WEBP -> new WebPImageReaderSpi().createReaderInstance(null);
      default -> ofJava().createReaderInstance(null);
    };
  }

  private ImageReaderSpi ofJava() throws IOException {
    Iterator<ImageReaderSpi> providers =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
    while (providers.hasNext()) {
      ImageReaderSpi provider = providers.next();
      if (provider.getClass().getName().startsWith(OF_JAVA)
          && provider.getFormatNames()[0].equalsIgnoreCase(name())) {
        return provider;
      }
    }
    throw new IOException("this program has taken Java's reader of " + name() + " away");
  }
}

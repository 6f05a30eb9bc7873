package org.marginsoftmax.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.Transparency;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes the first picture of a file of any kind: its values as they are stored, without its
 * colour profile. Whoever opens one closes it.
 */
final class ImageDecoder implements AutoCloseable {
  /** Warnings of decoders about files that are cut off, whose missing part they fill. */
  private static final Pattern CUT_OFF =
      Pattern.compile("premature|truncated|unexpected end|EOF", Pattern.CASE_INSENSITIVE);

  /** The most values a pixel: four inks and alpha. */
  private static final int MOST_SAMPLES = 5;

  /** Kinds of values beside the colours of a TIFF: any, alpha that colours are multiplied by. */
  private static final int UNSPECIFIED = 0;

  private static final int ASSOCIATED = 1;
  private static final int ALPHA = 2;

  private static final String GIF_FORMAT = "javax_imageio_gif_image_1.0";
  private static final String GIF_STREAM = "javax_imageio_gif_stream_1.0";

  private final long bytes;
  private final ImageKind kind;
  private final ImageInputStream in;
  private final ImageReader reader;
  private final ImageHeader header;
  private final Orientation orientation;

  /** What the value beside the colours of a TIFF is, which its reader takes for alpha; else 2. */
  private final int extra;

  /** Of an animation the picture that its first frame is a part of; else null. */
  private final Canvas canvas;

  private record Canvas(ImageSize size, int left, int top) {}

  /**
   * Opens the content of a file. Damage leads to whatever exception: {@link ImageFile} says it.
   *
   * @throws IOException if it is of no kind that is read, or its header is damaged
   */
  ImageDecoder(byte[] content) throws IOException {
    bytes = content.length;
    kind = ImageKind.of(content);
    WebpFile webp = kind == ImageKind.WEBP ? WebpFile.of(content) : null;
    in = new ByteArrayImageInputStream(webp == null ? content : webp.still());
    // Before the reader, which gives up what it has read.
    header = ImageHeader.read(in);
    if (kind == ImageKind.TIFF) {
      TiffTags tags = TiffTags.of(content);
      requirePlain(tags);
      orientation = tags.orientation();
      extra = (int) tags.get(TiffTags.EXTRA_SAMPLES, ALPHA);
    } else {
      extra = ALPHA;
      orientation = webp == null ? header.orientation() : webp.orientation();
    }
    reader = kind.reader();
    // Without what is written beside the pixels, which may be a bomb too.
    reader.setInput(in, true, true);
    canvas =
        kind == ImageKind.GIF
            ? screen()
            : webp == null || webp.canvas() == null
                ? null
                : new Canvas(webp.canvas(), webp.left(), webp.top());
  }

  /** How to turn the picture. */
  Orientation orientation() {
    return orientation;
  }

  /** Size of the picture as stored. */
  ImageSize stored() throws IOException {
    return canvas == null ? frame() : canvas.size;
  }

  private ImageSize frame() throws IOException {
    return new ImageSize(reader.getHeight(0), reader.getWidth(0));
  }

  /** Whether it has colour; a palette has if one of its colours is not grey. */
  boolean isColor() throws IOException {
    if (header.hasComponents(ImageHeader.INKS)) {
      return true;
    }
    ImageTypeSpecifier type = reader.getImageTypes(0).next();
    if (type.getColorModel() instanceof IndexColorModel palette) {
      boolean color = false;
      for (int i = 0; i < palette.getMapSize(); i++) {
        color |=
            palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i);
      }
      return color;
    }
    return type.getNumBands() > 2;
  }

  /** Decodes the picture; refuses one that is too large or cut off. */
  BufferedImage decode() throws IOException {
    requireSize(frame());
    requireSize(stored());
    boolean[] cut = {false};
    reader.addIIOReadWarningListener(
        (source, warning) -> cut[0] |= CUT_OFF.matcher(warning).find());
    BufferedImage image = header.hasComponents(ImageHeader.INKS) ? inks() : frameImage();
    if (cut[0]) {
      throw new IOException("cut off, its end is missing");
    }
    return onCanvas(asMeant(image));
  }

  private BufferedImage frameImage() throws IOException {
    if (kind != ImageKind.WEBP) {
      return reader.read(0, values());
    }
    try {
      return reader.read(0);
    } catch (OutOfMemoryError e) {
      // What libwebp says of some damaged files too.
      throw new IOException("damaged, or no memory for it", e);
    }
  }

  /** The image with the alpha that its file means, where its reader gets it wrong. */
  private BufferedImage asMeant(BufferedImage image) {
    ColorModel model = image.getColorModel();
    WritableRaster raster = image.getRaster();
    if (!(model instanceof ComponentColorModel) || !model.hasAlpha()) {
      return image;
    }
    if (header.clear() >= 0 && raster.getNumBands() == 2) {
      for (int y = 0; y < image.getHeight(); y++) {
        for (int x = 0; x < image.getWidth(); x++) {
          raster.setSample(x, y, 1, raster.getSample(x, y, 0) == header.clear() ? 0 : 255);
        }
      }
    }
    return switch (extra) {
      case UNSPECIFIED -> {
        int[] colors = IntStream.range(0, raster.getNumBands() - 1).toArray();
        yield with(
            image,
            raster.createWritableChild(0, 0, image.getWidth(), image.getHeight(), 0, 0, colors),
            false,
            false);
      }
      case ASSOCIATED -> with(image, raster, true, true);
      default -> image;
    };
  }

  private static BufferedImage with(
      BufferedImage image, WritableRaster raster, boolean alpha, boolean multiplied) {
    ColorModel model = image.getColorModel();
    return new BufferedImage(
        new ComponentColorModel(
            model.getColorSpace(),
            alpha,
            multiplied,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            model.getTransferType()),
        raster,
        multiplied,
        null);
  }

  /** Asks for the bands of a JPEG one by one, to which Java does not apply its profile. */
  private ImageReadParam values() {
    ImageReadParam param = reader.getDefaultReadParam();
    if (header.hasComponents(3)) {
      param.setSourceBands(new int[] {0, 1, 2});
    }
    return param;
  }

  /**
   * Refuses a header that claims more than can be, before memory is taken for it.
   *
   * @throws IOException if the picture is too large
   */
  private void requireSize(ImageSize size) throws IOException {
    if (isTooLarge(size, bytes)) {
      throw new IOException(
          "too large: %d x %d pixels in %d bytes".formatted(size.width(), size.height(), bytes));
    }
  }

  static boolean isTooLarge(ImageSize size, long bytes) {
    long pixels = (long) size.height() * size.width();
    return pixels > ImageFile.LARGEST
        || pixels > Math.max(ImageFile.BELIEVED, ImageFile.PIXELS_PER_BYTE * bytes);
  }

  /** Refuses a TIFF whose pieces are larger than it, or whose values are no pixels of 0..255. */
  private void requirePlain(TiffTags tags) throws IOException {
    long width = tags.get(TiffTags.WIDTH, 1);
    long height = tags.get(TiffTags.HEIGHT, 1);
    // Tiles at the edges are filled up.
    long tile = tags.get(TiffTags.TILE_WIDTH, 1) * tags.get(TiffTags.TILE_HEIGHT, 1);
    if (tile > Math.max(1 << 20, 4 * width * height)) {
      throw new IOException(
          "tiles of %d pixels in a picture of %d x %d".formatted(tile, width, height));
    }
    long samples = tags.get(TiffTags.SAMPLES, 1);
    long bits = tags.get(TiffTags.BITS, 1);
    if (samples > MOST_SAMPLES || bits > 16 || tags.get(TiffTags.SAMPLE_FORMAT, 1) != 1) {
      throw new IOException(
          "%d values of %d bits a pixel%s, expected up to %d of up to 16 bits"
              .formatted(
                  samples,
                  bits,
                  tags.get(TiffTags.SAMPLE_FORMAT, 1) == 1 ? "" : ", signed or of floats",
                  MOST_SAMPLES));
    }
  }

  /** Converts a CMYK JPEG to RGB. */
  private BufferedImage inks() throws IOException {
    Raster raster = reader.readRaster(0, null);
    BufferedImage image =
        new BufferedImage(raster.getWidth(), raster.getHeight(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        image.setRGB(x, y, InkPixels.rgb(raster, x, y, header.ycck()));
      }
    }
    return image;
  }

  /** The screen of a GIF, of which the first frame may be a part. */
  private Canvas screen() throws IOException {
    IIOMetadataNode screen =
        node(reader.getStreamMetadata().getAsTree(GIF_STREAM), "LogicalScreenDescriptor");
    IIOMetadataNode frame =
        node(reader.getImageMetadata(0).getAsTree(GIF_FORMAT), "ImageDescriptor");
    ImageSize size = frame();
    int left = number(frame, "imageLeftPosition");
    int top = number(frame, "imageTopPosition");
    // A frame that reaches beyond the screen makes it larger, as in browsers.
    return new Canvas(
        new ImageSize(
            Math.max(number(screen, "logicalScreenHeight"), top + size.height()),
            Math.max(number(screen, "logicalScreenWidth"), left + size.width())),
        left,
        top);
  }

  private static IIOMetadataNode node(org.w3c.dom.Node tree, String name) {
    return (IIOMetadataNode) ((IIOMetadataNode) tree).getElementsByTagName(name).item(0);
  }

  private static int number(IIOMetadataNode node, String name) {
    return Integer.parseInt(node.getAttribute(name));
  }

  /** A frame in its place, what is around it transparent. */
  private BufferedImage onCanvas(BufferedImage frame) {
    if (canvas == null || canvas.size.equals(new ImageSize(frame.getHeight(), frame.getWidth()))) {
      return frame;
    }
    BufferedImage whole =
        new BufferedImage(canvas.size.width(), canvas.size.height(), BufferedImage.TYPE_INT_ARGB);
    int width = Math.min(frame.getWidth(), canvas.size.width() - canvas.left);
    int height = Math.min(frame.getHeight(), canvas.size.height() - canvas.top);
    if (width > 0 && height > 0) {
      int[] colors = frame.getRGB(0, 0, width, height, null, 0, width);
      whole.setRGB(canvas.left, canvas.top, width, height, colors, 0, width);
    }
    return whole;
  }

  @Override
  public void close() throws IOException {
    reader.dispose();
    in.close();
  }
}

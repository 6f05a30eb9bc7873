package org.marginsoftmax.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.layer.Fixtures;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Decoding in the graph against Java's, which training used. */
class ImageDecodingTest {
  private static byte[] encoded(String format, int type, int width, int height, long seed)
      throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int alpha = type == BufferedImage.TYPE_INT_ARGB ? random.nextInt(256) : 255;
        if (type == BufferedImage.TYPE_BYTE_GRAY) {
          image.getRaster().setSample(x, y, 0, random.nextInt(256));
        } else if (format.equals("jpg")) {
          // Smooth, so that decoders differ little.
          image.setRGB(x, y, (x * 255 / width) << 16 | (y * 255 / height) << 8 | 90);
        } else {
          image.setRGB(x, y, alpha << 24 | random.nextInt(1 << 24));
        }
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, out));
    return out.toByteArray();
  }

  private static int largestDifference(ImageShape shape, List<byte[]> files) throws IOException {
    return largestDifference(ImageForm.stretched(shape), files);
  }

  private static int largestDifference(ImageForm form, List<byte[]> files) throws IOException {
    ImageShape shape = form.shape();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TString> bytes =
          tf.placeholder(TString.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)));
      Operand<TUint8> images = ImageDecoding.images(tf, bytes, form);
      try (Session session = new Session(graph);
          TString in =
              TString.tensorOfBytes(NdArrays.vectorOfObjects(files.toArray(byte[][]::new)));
          Result result = session.runner().feed(bytes, in).fetch(images).run()) {
        TUint8 out = (TUint8) result.get(0);
        assertEquals(
            Shape.of(files.size(), shape.height(), shape.width(), shape.channels()), out.shape());
        byte[] found = new byte[(int) out.size()];
        out.asRawTensor().data().read(found);
        int largest = 0;
        for (int i = 0; i < files.size(); i++) {
          byte[] expected = ImageFile.read(files.get(i), form);
          for (int p = 0; p < expected.length; p++) {
            int difference =
                Math.abs((expected[p] & 0xff) - (found[i * expected.length + p] & 0xff));
            largest = Math.max(largest, difference);
          }
        }
        return largest;
      }
    }
  }

  @Test
  void pngOfEveryKindAndSizeBecomesTheSamePixels() throws IOException {
    List<byte[]> files = new ArrayList<>();
    int[] types = {
      BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB
    };
    for (int type : types) {
      files.add(encoded("png", type, 12, 9, 1));
      files.add(encoded("png", type, 61, 47, 2));
      files.add(encoded("png", type, 5, 80, 3));
    }
    // A sum within rounding of a half may go to either side.
    assertTrue(largestDifference(new ImageShape(9, 12, 3), files) <= 1);
    assertTrue(largestDifference(new ImageShape(28, 28, 1), files) <= 1);
    assertTrue(largestDifference(new ImageShape(16, 20, 3), files) <= 1);
    files = List.of(encoded("png", BufferedImage.TYPE_BYTE_GRAY, 12, 9, 4));
    assertEquals(0, largestDifference(new ImageShape(9, 12, 1), files));
  }

  /**
   * Every fit, for images wider and taller than the sample, larger and smaller, and of one pixel.
   */
  @Test
  void everyFitGivesTheSamePixels() throws IOException {
    Random random = new Random(7);
    List<byte[]> files = new ArrayList<>();
    files.add(encoded("png", BufferedImage.TYPE_INT_RGB, 1, 1, 1));
    files.add(encoded("png", BufferedImage.TYPE_BYTE_GRAY, 300, 1, 1));
    files.add(encoded("png", BufferedImage.TYPE_BYTE_GRAY, 1, 300, 1));
    for (int i = 0; i < 60; i++) {
      int type = i % 3 == 0 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_ARGB;
      files.add(encoded("png", type, 1 + random.nextInt(90), 1 + random.nextInt(90), i));
    }
    for (ImageFit fit :
        List.of(ImageFit.STRETCH, ImageFit.CROP, ImageFit.pad(0), ImageFit.pad(201))) {
      for (ImageShape shape :
          List.of(
              new ImageShape(9, 12, 3),
              new ImageShape(32, 32, 1),
              new ImageShape(31, 7, 3),
              new ImageShape(1, 1, 1))) {
        assertTrue(largestDifference(new ImageForm(shape, fit), files) <= 1, fit + " " + shape);
      }
    }
  }

  /** A PNG's header, and some bytes. */
  private static byte[] png(int width, int height, int bytes) {
    return ByteBuffer.allocate(bytes)
        .putLong(0x89504e470d0a1a0aL)
        .putInt(13)
        .put("IHDR".getBytes(StandardCharsets.US_ASCII))
        .putInt(width)
        .putInt(height)
        .array();
  }

  /** A JPEG whose frame header says another size than it holds. */
  private static byte[] jpeg(int width, int height) throws IOException {
    byte[] content = encoded("jpg", BufferedImage.TYPE_BYTE_GRAY, 8, 8, 1);
    for (int i = 2; i < content.length; i++) {
      if ((content[i] & 0xff) == 0xff && (content[i + 1] & 0xff) == 0xc0) {
        ByteBuffer.wrap(content).putShort(i + 5, (short) height).putShort(i + 7, (short) width);
        return content;
      }
    }
    throw new AssertionError("no frame");
  }

  @Test
  void whatIsNoImageOrPromisesFarMoreThanItHoldsIsRefusedBeforeItIsDecoded() throws IOException {
    ImageShape shape = new ImageShape(8, 8, 1);
    byte[] good = encoded("png", BufferedImage.TYPE_BYTE_GRAY, 8, 8, 1);
    for (byte[] bomb :
        List.of(
            png(30_000, 30_000, 4_000),
            png(10_001, 1_000, 4_000),
            png(20_000, 10_000, 2_000_000),
            png(Integer.MAX_VALUE, Integer.MAX_VALUE, 4_000),
            jpeg(13_000, 13_000),
            new byte[0],
            new byte[] {'h', 'i'},
            encoded("bmp", BufferedImage.TYPE_BYTE_GRAY, 8, 8, 1),
            encoded("gif", BufferedImage.TYPE_BYTE_GRAY, 8, 8, 1))) {
      RuntimeException refused =
          assertThrows(RuntimeException.class, () -> largestDifference(shape, List.of(good, bomb)));
      assertTrue(
          refused.getMessage().contains("expected a PNG or JPEG of at most"), refused.getMessage());
    }
    // As many as its bytes may hold: refused for what it is, not for its size.
    for (byte[] damaged :
        List.of(png(10_000, 1_000, 4_000), new byte[] {(byte) 0x89}, new byte[] {(byte) 0xff, 1})) {
      RuntimeException refused =
          assertThrows(RuntimeException.class, () -> largestDifference(shape, List.of(damaged)));
      assertFalse(refused.getMessage().contains("expected a PNG"), refused.getMessage());
    }
    // A white page holds few bytes and is none the less what it says.
    BufferedImage page = new BufferedImage(2_480, 3_508, BufferedImage.TYPE_BYTE_GRAY);
    page.getRaster().setSample(1_000, 1_000, 0, 255);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(page, "png", out));
    assertTrue(out.size() < 2_480 * 3_508 / ImageFile.PIXELS_PER_BYTE);
    assertTrue(largestDifference(shape, List.of(out.toByteArray())) <= 1);
  }

  @Test
  void jpegBecomesTheSamePixels() throws IOException {
    List<byte[]> files = List.of(encoded("jpg", BufferedImage.TYPE_INT_RGB, 64, 48, 1));
    assertTrue(largestDifference(new ImageShape(24, 32, 3), files) <= 1);
  }

  /** Of all kinds that Java reads: the same pixels, or a refusal, and never anything else. */
  @Test
  void everyKindIsDecodedAlikeOrRefused() throws IOException {
    Map<String, Integer> decoded = new TreeMap<>();
    int n = 0;
    for (JsonNode node : Fixtures.read("image-kinds.json")) {
      String name = node.get("name").asText();
      byte[] file = Base64.getDecoder().decode(node.get("file").asText());
      ImageShape shape = new ImageShape(node.get("height").asInt(), node.get("width").asInt(), 3);
      // A transparent value of a PNG without palette is opaque, as docs/serving.md says.
      boolean exif = name.contains(" EXIF ");
      if (n++ % 3 != 0 && !exif || name.contains("transparent")) {
        continue;
      }
      String kind = name.split(" ")[0];
      if (List.of("GIF", "BMP", "TIFF", "WebP").contains(kind)) {
        assertRefused("expected a PNG or JPEG", shape, file, name);
      } else if (name.matches(".*orientation [2-8].*") || exif && !isDecoded(shape, file)) {
        assertRefused("an upright picture", shape, file, name);
      } else if (!name.contains("divided")) {
        // An orientation of which a part stands in another segment is not found.
        assertTrue(largestDifference(shape, List.of(file)) <= 1, name);
        decoded.merge(kind, 1, Integer::sum);
      }
    }
    assertTrue(decoded.get("PNG") > 5 && decoded.get("JPEG") > 5, decoded::toString);
  }

  private static boolean isDecoded(ImageShape shape, byte[] file) throws IOException {
    try {
      largestDifference(shape, List.of(file));
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** What TensorFlow would get wrong is refused; all else is as Pillow shows it. */
  @Test
  void aPictureIsWhatAPersonSeesOrRefused() throws IOException {
    for (JsonNode node : Fixtures.read("pictures.json")) {
      String name = node.get("name").asText();
      byte[] file = Base64.getDecoder().decode(node.get("file").asText());
      ImageShape shape = new ImageShape(node.get("height").asInt(), node.get("width").asInt(), 3);
      if (name.matches(".*orientation [2-8].*")) {
        assertRefused("an upright picture", shape, file, name);
      } else if (name.equals("CMYK without Adobe's marker")) {
        assertRefused("the marker of Adobe", shape, file, name);
      } else {
        assertTrue(largestDifference(shape, List.of(file)) <= 1, name);
      }
    }
  }

  private static void assertRefused(String said, ImageShape shape, byte[] file, String name) {
    RuntimeException refused =
        assertThrows(
            RuntimeException.class, () -> largestDifference(shape, List.of(file)), () -> name);
    assertTrue(refused.getMessage().contains(said), name + ": " + refused.getMessage());
  }
}

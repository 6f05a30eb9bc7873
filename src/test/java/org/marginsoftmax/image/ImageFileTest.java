package org.marginsoftmax.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Fixtures;

/** Files that are not what they seem. */
class ImageFileTest {
  private static byte[] written(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, out));
    return out.toByteArray();
  }

  private static byte[] read(byte[] content, ImageShape shape) throws IOException {
    return ImageFile.read(content, ImageForm.stretched(shape));
  }

  private static BufferedImage grey(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.getRaster().setSample(x, y, 0, (37 * x + 101 * y) % 256);
      }
    }
    return image;
  }

  /** Grey and alpha, of 8 or 16 bits. */
  private static BufferedImage greyAndAlpha(int bits, int alpha) {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            true,
            false,
            Transparency.TRANSLUCENT,
            bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT);
    BufferedImage image =
        new BufferedImage(model, model.createCompatibleWritableRaster(4, 4), false, null);
    int[] samples = new int[2];
    for (int i = 0; i < 16; i++) {
      samples[0] = i * 16 << (bits - 8);
      samples[1] = alpha << (bits - 8);
      image.getRaster().setPixel(i % 4, i / 4, samples);
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void greyWithAlphaKeepsItsValuesAndLiesOnWhite(int bits) throws IOException {
    for (int alpha : new int[] {255, 102, 0}) {
      byte[] read = read(written(greyAndAlpha(bits, alpha), "png"), new ImageShape(4, 4, 1));
      for (int i = 0; i < 16; i++) {
        double expected = i * 16 * (alpha / 255.0) + 255 * (1 - alpha / 255.0);
        assertEquals(expected, read[i] & 0xff, 0.51, "alpha " + alpha);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 10})
  void aJpegThatIsCutOffIsRefused(int part) throws IOException {
    byte[] whole = written(grey(300, 300), "jpg");
    ImageShape shape = new ImageShape(16, 16, 1);
    assertEquals(256, read(whole, shape).length);
    byte[] cut = Arrays.copyOf(whole, whole.length / part);
    IOException refused = assertThrows(IOException.class, () -> read(cut, shape));
    assertTrue(refused.getMessage().contains("cut off"), refused.getMessage());
  }

  /** Sides that are far apart: one pass alone would make a hundred times the pixels. */
  @Test
  void aThreadOfPixelsTakesLittleMemory() throws IOException {
    byte[] content = written(grey(1, 9_000_000), "png");
    long before = allocated();
    byte[] read = read(content, new ImageShape(112, 112, 3));
    long took = allocated() - before;
    assertEquals(112 * 112 * 3, read.length);
    assertTrue(took < 400_000_000, took + " bytes");
    assertEquals(112 * 112, read(written(grey(9_000_000, 1), "png"), gray112()).length);
  }

  private static ImageShape gray112() {
    return new ImageShape(112, 112, 1);
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  /** A text that inflates to two gigabytes. */
  @Test
  void whatIsWrittenBesideThePixelsIsNotRead() throws IOException {
    byte[] plain = written(grey(8, 8), "png");
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.write("Comment\0\0".getBytes(StandardCharsets.US_ASCII));
    byte[] zeros = new byte[1 << 20];
    try (DeflaterOutputStream out = new DeflaterOutputStream(text)) {
      for (int i = 0; i < 2048; i++) {
        out.write(zeros);
      }
    }
    CRC32 crc = new CRC32();
    byte[] name = "zTXt".getBytes(StandardCharsets.US_ASCII);
    crc.update(name);
    crc.update(text.toByteArray());
    // After the signature and the header, 8 and 25 bytes.
    byte[] bomb =
        ByteBuffer.allocate(plain.length + text.size() + 12)
            .put(plain, 0, 33)
            .putInt(text.size())
            .put(name)
            .put(text.toByteArray())
            .putInt((int) crc.getValue())
            .put(plain, 33, plain.length - 33)
            .array();
    ImageShape shape = new ImageShape(8, 8, 1);
    long before = allocated();
    byte[] read = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> read(bomb, shape));
    assertTrue(allocated() - before < 100_000_000);
    assertArrayEquals(read(plain, shape), read);
  }

  private static byte[] decoded(JsonNode node, String field) {
    return Base64.getDecoder().decode(node.get(field).asText());
  }

  /**
   * Pictures in every form that cameras and Adobe's programs write, each with what Pillow shows of
   * it (make_pictures.py).
   */
  @Test
  void aPictureIsWhatAPersonSees() throws IOException {
    JsonNode pictures = Fixtures.read("pictures.json");
    assertTrue(pictures.size() > 80, pictures.size() + " pictures");
    for (JsonNode node : pictures) {
      String name = node.get("name").asText();
      byte[] file = decoded(node, "file");
      ImageShape shape = new ImageShape(node.get("height").asInt(), node.get("width").asInt(), 3);
      assertEquals(new ImageSize(shape.height(), shape.width()), ImageFile.size(file), name);
      byte[] read = read(file, shape);
      assertArrayEquals(decoded(node, "pixels"), read, name);
    }
  }

  /** Any other number than 0 in Adobe's marker is taken for 2 by libjpeg, and so by Pillow. */
  @Test
  void inksOfAnUnknownTransformAreYcck() throws IOException {
    ImageShape shape = new ImageShape(11, 6, 3);
    int seen = 0;
    for (JsonNode node : Fixtures.read("pictures.json")) {
      if (node.get("name").asText().equals("YCCK")) {
        byte[] file = decoded(node, "file");
        byte[] expected = read(file, shape);
        int marker = new String(file, StandardCharsets.ISO_8859_1).indexOf("Adobe");
        assertEquals(2, file[marker + 11]);
        file[marker + 11] = 1;
        assertArrayEquals(expected, read(file, shape));
        seen++;
      }
    }
    assertEquals(1, seen);
  }

  /** Whatever is wrong in what a camera wrote beside the pixels, the pixels are read. */
  @Test
  void damagedExifIsNoneOrTurnsThePicture() throws IOException {
    ImageShape shape = new ImageShape(9, 9, 3);
    byte[] plain = null;
    byte[] marked = null;
    for (JsonNode node : Fixtures.read("pictures.json")) {
      plain = node.get("name").asText().equals("colour, 4:2:0") ? decoded(node, "file") : plain;
      marked =
          node.get("name").asText().equals("colour, 4:2:0, orientation 6 <")
              ? decoded(node, "file")
              : marked;
    }
    byte[] asStored = read(plain, shape);
    byte[] turned = read(marked, shape);
    assertFalse(Arrays.equals(asStored, turned));
    int length = marked.length - plain.length;
    // What follows the mark of the segment, its length and its name.
    for (int at = 2 + 4 + 6; at < 2 + length; at++) {
      for (int value : new int[] {0, 1, 9, 0x7f, 0x80, 0xff}) {
        byte[] damaged = marked.clone();
        damaged[at] = (byte) value;
        byte[] read = read(damaged, shape);
        assertEquals(asStored.length, read.length);
      }
      // Cut off there, the segment as long as what is left.
      byte[] cut = new byte[marked.length - (2 + length - at)];
      System.arraycopy(marked, 0, cut, 0, at);
      System.arraycopy(marked, 2 + length, cut, at, marked.length - 2 - length);
      ByteBuffer.wrap(cut).putShort(4, (short) (at - 4));
      assertArrayEquals(at < 2 + length - 4 ? asStored : turned, read(cut, shape), "cut at " + at);
    }
  }

  @Test
  void otherFormatsAreRefused() {
    byte[] svg = "<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(StandardCharsets.UTF_8);
    byte[] heic = "\0\0\0\30ftypheic\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    for (byte[] other : List.of(svg, heic, new byte[0], new byte[] {'I', 'I'})) {
      IOException refused =
          assertThrows(IOException.class, () -> read(other, new ImageShape(8, 8, 1)));
      assertEquals("no PNG, JPEG, GIF, BMP, TIFF or WebP", refused.getMessage());
    }
  }
}

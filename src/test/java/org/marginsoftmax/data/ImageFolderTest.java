package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.layer.Fixtures;

class ImageFolderTest {
  @TempDir Path dir;
  private final List<String> said = new ArrayList<>();

  private static ImageFolder.Options options(int size, String color) {
    return new ImageFolder.Options(size, color, 0.25, 0.1, 1);
  }

  private void image(String name, int type, String format, int size, Color color)
      throws IOException {
    BufferedImage image = new BufferedImage(size, size, type);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(color);
    graphics.fillRect(0, 0, size, size);
    graphics.dispose();
    write(name, format, image);
  }

  private void write(String name, String format, BufferedImage image) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    assertTrue(ImageIO.write(image, format, file.toFile()), format);
  }

  private static byte[] pixels(Samples samples, int index) {
    byte[] pixels = new byte[samples.shape().size()];
    samples.copyPixels(index, pixels, 0);
    return pixels;
  }

  private static void assertAll(int expected, byte[] pixels, int tolerance) {
    for (byte pixel : pixels) {
      assertEquals(expected, pixel & 0xff, tolerance);
    }
  }

  /** Grey as stored: Java's own conversion would brighten 100 to 166. */
  @Test
  void readsGreyAsStored() throws IOException {
    for (String[] kind : new String[][] {{"png", "png"}, {"bmp", "bmp"}, {"jpg", "jpg"}}) {
      for (String name : List.of("a", "b")) {
        BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 81; i++) {
          image.getRaster().setSample(i % 9, i / 9, 0, 100);
        }
        write(name + "/" + kind[0] + "." + kind[0], kind[1], image);
      }
    }
    Samples samples = ImageFolder.readAll(dir, options(8, "auto"), said::add);
    assertEquals("8x8x1", samples.shape().toString());
    assertEquals(6, samples.size());
    assertEquals(List.of("a", "b"), samples.classNames());
    for (int i = 0; i < 6; i++) {
      assertAll(100, pixels(samples, i), 1);
    }
  }

  @Test
  void readsColourPalettesSixteenBitsAndTransparency() throws IOException {
    image("a/rgb.png", BufferedImage.TYPE_INT_RGB, "png", 6, new Color(200, 30, 90));
    image("b/clear.png", BufferedImage.TYPE_INT_ARGB, "png", 6, new Color(0, 0, 0, 0));
    image("c/palette.png", BufferedImage.TYPE_BYTE_INDEXED, "png", 6, Color.RED);
    BufferedImage deep = new BufferedImage(6, 6, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < 36; i++) {
      deep.getRaster().setSample(i % 6, i / 6, 0, 0x40ff);
    }
    write("d/deep.png", "png", deep);
    Samples samples = ImageFolder.readAll(dir, options(4, "auto"), said::add);
    assertEquals("4x4x3", samples.shape().toString());
    assertArrayEquals(
        new byte[] {(byte) 200, 30, 90},
        new byte[] {pixels(samples, 0)[0], pixels(samples, 0)[1], pixels(samples, 0)[2]});
    assertAll(255, pixels(samples, 1), 0);
    assertEquals(255, pixels(samples, 2)[0] & 0xff);
    assertEquals(0, pixels(samples, 2)[1]);
    assertAll(0x40, pixels(samples, 3), 0);
    Samples grey = ImageFolder.readAll(dir, options(4, "grey"), said::add);
    assertAll((int) Math.round(0.299 * 200 + 0.587 * 30 + 0.114 * 90), pixels(grey, 0), 0);
  }

  /** Fixtures made by Pillow: Image.resize(size, Image.BILINEAR). */
  @Test
  void resizesAsPillowDoes() {
    for (JsonNode node : Fixtures.read("resized.json")) {
      double[] in = Fixtures.doubles(node.get("pixels"));
      float[] pixels = new float[in.length];
      for (int i = 0; i < in.length; i++) {
        pixels[i] = (float) in[i];
      }
      ImageShape to =
          new ImageShape(
              node.get("to_height").asInt(),
              node.get("to_width").asInt(),
              node.get("channels").asInt());
      byte[] found =
          ImageResize.to(to, pixels, node.get("height").asInt(), node.get("width").asInt());
      int[] expected = Fixtures.ints(node.get("expected"));
      for (int i = 0; i < expected.length; i++) {
        // Pillow rounds between the axes.
        assertEquals(expected[i], found[i] & 0xff, 1, node.get("to_width") + " at " + i);
      }
    }
  }

  @Test
  void splitsByClassOrAsTheFolderSays() throws IOException {
    for (int k = 0; k < 3; k++) {
      for (int i = 0; i < 8; i++) {
        image("flat/c" + k + "/" + i + ".png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
      }
    }
    TrainTest data = ImageFolder.read(dir.resolve("flat"), options(4, "auto"), said::add);
    assertEquals(18, data.train().size());
    assertEquals(6, data.test().size());
    image("two/train/a/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    image("two/train/b/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    image("two/test/a/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    refused(() -> ImageFolder.read(dir.resolve("two"), options(4, "auto"), said::add), "test");
    image("two/test/b/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    data = ImageFolder.read(dir.resolve("two"), options(4, "auto"), said::add);
    assertEquals(2, data.train().size());
    assertEquals(2, data.test().size());
    assertTrue(ImageFolder.is(dir.resolve("two")));
    assertFalse(ImageFolder.is(dir.resolve("two/train/a")));
  }

  @Test
  void skipsUnreadableFilesUpToAShare() throws IOException {
    for (int i = 0; i < 20; i++) {
      image((i % 2) + "/" + i + ".png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    }
    byte[] whole = Files.readAllBytes(dir.resolve("0/0.png"));
    Files.writeString(dir.resolve("0/text.png"), "no image");
    assertEquals(20, ImageFolder.readAll(dir, options(4, "auto"), said::add).size());
    assertEquals(List.of("skipped, unreadable: 0/text.png"), said);
    // A bomb: 60,000 x 60,000 in its header.
    byte[] bomb = whole.clone();
    ByteBuffer.wrap(bomb).putInt(16, 60_000).putInt(20, 60_000);
    Files.write(dir.resolve("1/bomb.png"), bomb);
    Files.write(dir.resolve("1/cut.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
    refused(
        () -> ImageFolder.readAll(dir, options(4, "auto"), said::add),
        "3: 0/text.png, 1/bomb.png, 1/cut.jpg");
  }

  @Test
  void refusesFoldersWithoutClasses() throws IOException {
    image("a/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    refused(() -> ImageFolder.read(dir, options(4, "auto"), said::add), "at least 2 classes");
    Files.createDirectory(dir.resolve("b"));
    refused(() -> ImageFolder.read(dir, options(4, "auto"), said::add), "none of class 'b'");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 1025})
  void refusesSizesOutOfRange(int size) {
    refused(() -> options(size, "auto"), "4..1024");
    refused(() -> options(8, "blue"), "grey, color or auto");
  }

  private static void refused(org.junit.jupiter.api.function.Executable work, String part) {
    String message = assertThrows(DataException.class, work).getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }
}

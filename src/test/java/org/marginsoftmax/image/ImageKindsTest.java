package org.marginsoftmax.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.sun.management.ThreadMXBean;
import com.twelvemonkeys.image.ImageUtil;
import com.twelvemonkeys.imageio.metadata.tiff.TIFFReader;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReader;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import com.twelvemonkeys.io.FileUtil;
import com.twelvemonkeys.lang.Validate;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import kotlin.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Fixtures;

/**
 * Files of every kind, depth, colour and option, 5 x 7 pixels each, and what they show
 * (check_images.py), whole and damaged.
 */
class ImageKindsTest {
  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;

  /** Memory for a damaged file: 10 million believed pixels of 8 bytes, twice. */
  private static final long MOST_BYTES = 200_000_000;

  @TempDir Path dir;

  private record Kept(String name, byte[] file, ImageShape shape, byte[] pixels, int tolerance) {
    String kind() {
      return name.split(" ")[0];
    }
  }

  private static List<Kept> all() {
    List<Kept> all = new ArrayList<>();
    for (JsonNode node : Fixtures.read("image-kinds.json")) {
      all.add(
          new Kept(
              node.get("name").asText(),
              Base64.getDecoder().decode(node.get("file").asText()),
              new ImageShape(node.get("height").asInt(), node.get("width").asInt(), 3),
              Base64.getDecoder().decode(node.get("pixels").asText()),
              node.get("tolerance").asInt()));
    }
    return all;
  }

  private static byte[] read(byte[] content, ImageShape shape) throws IOException {
    return ImageFile.read(content, ImageForm.stretched(shape));
  }

  @Test
  void everyKindIsReadAsPillowReadsIt() throws IOException {
    List<Kept> all = all();
    assertTrue(all.size() > 400, all.size() + " files");
    for (Kept kept : all) {
      byte[] found = read(kept.file, kept.shape);
      for (int i = 0; i < found.length; i++) {
        assertEquals(kept.pixels[i] & 0xff, found[i] & 0xff, kept.tolerance, kept.name);
      }
      ImageSize size = ImageFile.size(kept.file);
      assertEquals(new ImageSize(kept.shape.height(), kept.shape.width()), size, kept.name);
      boolean grey = kept.name.matches("(PNG|TIFF) grey.*|JPEG L .*|GIF grey.*|TIFF (1|L) .*");
      assertEquals(!grey, ImageFile.isColor(kept.file), kept.name);
    }
  }

  /** Cut off anywhere, a file is refused in a line, or was whole but for what is not read. */
  @Test
  void aFileThatIsCutOffIsRefused() throws IOException {
    int pixels = 0;
    for (Kept kept : sample(120)) {
      byte[] whole = read(kept.file, kept.shape);
      for (int tenths = 1; tenths < 10; tenths++) {
        byte[] cut = Arrays.copyOf(kept.file, kept.file.length * tenths / 10);
        try {
          byte[] found = read(cut, kept.shape);
          // Tags behind the pixels of a TIFF, and the like.
          assertArrayEquals(whole, found, kept.name + " cut at " + cut.length);
          pixels++;
        } catch (IOException e) {
          assertEquals(1, ImageFile.said(e).lines().count(), kept.name);
        }
      }
    }
    assertTrue(pixels < 300, pixels + " of 1080 read though cut off");
  }

  /** Bytes changed at random: never a hang, nor more memory than stated, nor another exception. */
  @Test
  void aDamagedFileIsReadOrRefused() {
    Random random = new Random(11);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (Kept kept : sample(200)) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () -> {
            for (int i = 0; i < 30; i++) {
              byte[] damaged = kept.file.clone();
              for (int k = 0; k <= i % 4; k++) {
                // Mostly where headers are.
                int at = random.nextInt(k % 2 == 0 ? Math.min(80, damaged.length) : damaged.length);
                damaged[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -1);
              }
              long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
              try {
                read(damaged, kept.shape);
              } catch (IOException e) {
                assertEquals(1, ImageFile.said(e).lines().count(), kept.name);
              }
              long took = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
              assertTrue(
                  took < MOST_BYTES,
                  () ->
                      kept.name
                          + ": "
                          + took
                          + " bytes, "
                          + Base64.getEncoder().encodeToString(damaged));
            }
          },
          kept.name);
    }
  }

  /** Headers that claim far more than there is. */
  @Test
  void aBombOfEveryKindIsRefusedBeforeMemoryIsTakenForIt() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[] gif = first("GIF colour");
    ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(6, (short) 60_000);
    ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(8, (short) 60_000);
    byte[] bmp = first("BMP colour 24");
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 30_000).putInt(22, 30_000);
    byte[] webp = first("WebP colour lossless");
    // 14 bits each of a lossless file, after its signature.
    ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN).putInt(21, 16_383 | 16_383 << 14);
    byte[] animated = first("WebP colour animated");
    for (int i = 24; i < 30; i++) {
      animated[i] = (byte) (i % 3 == 2 ? 0 : 0xff);
    }
    byte[] tiff = first("TIFF colour 8 bits planar 1");
    byte[] tiles = first("TIFF colour 8 bits planar 1 5x7 tile");
    List<byte[]> bombs =
        List.of(
            gif,
            bmp,
            webp,
            animated,
            withTag(tiff, TiffTags.WIDTH, 40_000, TiffTags.HEIGHT, 40_000),
            withTag(tiff, TiffTags.SAMPLES, 60_000, TiffTags.HEIGHT, 5),
            withTag(tiles, TiffTags.TILE_WIDTH, 50_000, TiffTags.TILE_HEIGHT, 40_000));
    for (byte[] bomb : bombs) {
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      IOException refused =
          assertThrows(IOException.class, () -> read(bomb, new ImageShape(8, 8, 1)));
      long took = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      assertTrue(took < 20_000_000, refused + " " + took);
      assertTrue(
          refused.getMessage().matches("(too large|tiles of|\\d+ values of|Invalid width).*"),
          refused.getMessage());
    }
  }

  private static byte[] first(String start) {
    return all().stream().filter(k -> k.name.startsWith(start)).findFirst().orElseThrow().file();
  }

  /** A little-endian TIFF with other values of two tags. */
  private static byte[] withTag(byte[] tiff, int first, int value, int second, int other) {
    byte[] changed = tiff.clone();
    ByteBuffer data = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
    int at = data.getInt(4);
    for (int i = 0; i < data.getShort(at); i++) {
      int entry = at + 2 + 12 * i;
      int tag = data.getShort(entry);
      if (tag == first || tag == second) {
        data.putInt(entry + 8, tag == first ? value : other);
      }
    }
    return changed;
  }

  /** A GIF whose first frame is a part of its screen lies on white. */
  @Test
  void aFrameLiesWhereItsScreenHasIt() throws IOException {
    BufferedImage dot = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(dot, "gif", out));
    ByteBuffer gif = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    gif.putShort(6, (short) 3).putShort(8, (short) 2);
    int descriptor = 13 + (3 << (1 + (gif.get(10) & 7)));
    while (gif.get(descriptor) != 0x2c) {
      descriptor++;
    }
    gif.putShort(descriptor + 1, (short) 2).putShort(descriptor + 3, (short) 1);
    assertArrayEquals(
        new byte[] {-1, -1, -1, -1, -1, 0}, read(gif.array(), new ImageShape(2, 3, 1)));
    assertEquals(new ImageSize(2, 3), ImageFile.size(gif.array()));
  }

  /** What a program of somebody else reads by ImageIO stays its own affair, and so does ours. */
  @Test
  void readersAreFoundInOtherClassLoaders() throws Exception {
    List<URL> places = new ArrayList<>();
    for (Class<?> type :
        List.of(
            ImageFile.class,
            TIFFImageReaderSpi.class,
            JPEGImageReader.class,
            ByteArrayImageInputStream.class,
            TIFFReader.class,
            Validate.class,
            FileUtil.class,
            ImageUtil.class,
            WebPImageReaderSpi.class,
            Pair.class)) {
      places.add(type.getProtectionDomain().getCodeSource().getLocation());
    }
    Path file = Files.write(dir.resolve("x"), first("TIFF YCbCr jpeg"));
    Path other = Files.write(dir.resolve("y"), first("WebP colour quality"));
    Thread thread = Thread.currentThread();
    ClassLoader own = thread.getContextClassLoader();
    thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
    try (URLClassLoader loader =
        new URLClassLoader(places.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass("org.marginsoftmax.image.ImageFile");
      for (Path each : List.of(file, other)) {
        Object size = type.getMethod("size", Path.class).invoke(null, each);
        assertEquals("5x7", size.toString());
        Class<?> shape = loader.loadClass("org.marginsoftmax.data.ImageShape");
        Class<?> form = loader.loadClass("org.marginsoftmax.image.ImageForm");
        Object wanted =
            form.getMethod("stretched", shape)
                .invoke(null, shape.getMethod("parse", String.class).invoke(null, "5x7x3"));
        byte[] found = (byte[]) type.getMethod("read", Path.class, form).invoke(null, each, wanted);
        assertArrayEquals(
            ImageFile.read(each, ImageForm.stretched(new ImageShape(HEIGHT, WIDTH, 3))), found);
      }
    } finally {
      thread.setContextClassLoader(own);
    }
  }

  /** Some of every kind. */
  private static List<Kept> sample(int n) {
    List<Kept> all = all();
    List<Kept> chosen = new ArrayList<>();
    List<String> kinds = all.stream().map(Kept::kind).distinct().toList();
    for (String kind : kinds) {
      List<Kept> of = all.stream().filter(k -> k.kind().equals(kind)).toList();
      int wanted = Math.min(of.size(), n / kinds.size());
      for (int i = 0; i < wanted; i++) {
        chosen.add(of.get(i * of.size() / wanted));
      }
    }
    return chosen;
  }
}

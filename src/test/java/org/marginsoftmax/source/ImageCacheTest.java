package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.source.Refusals.refused;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

class ImageCacheTest {
  private static final int IMAGES = 40;

  @TempDir Path dir;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private Path images;
  private Path cache;

  @BeforeEach
  void images() throws IOException {
    images = dir.resolve("images");
    cache = dir.resolve("a/cache");
    for (int i = 0; i < IMAGES; i++) {
      image(i, i);
    }
    Files.writeString(images.resolve("a/damaged.png"), "no image");
  }

  private void image(int number, int grey) throws IOException {
    Path file = images.resolve((number % 2 == 0 ? "a/" : "b/") + number + ".png");
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(grey, 255 - grey, 7));
    graphics.fillRect(0, 0, 9, 9);
    graphics.dispose();
    ImageIO.write(image, "png", file.toFile());
    // As old as each other, or a change within a tick of the clock would be seen by chance.
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L * grey));
  }

  private ImageOptions options(int size, ImageFit fit) {
    return new ImageOptions(new ImageSize(size, size), "color", fit, 0.25, 0.1, 1);
  }

  private Samples read(Path cacheDir, ImageOptions options) {
    said.clear();
    CachePlace place = cacheDir == null ? null : new CachePlace(cacheDir, true);
    return ImageData.readTest(
        ImageFolder.open(images, false, said::add), options, place, said::add);
  }

  private Samples cached() {
    return read(cache, options(8, ImageFit.STRETCH));
  }

  private void assertAsWithoutCache(Samples cached) {
    List<String> lines = List.copyOf(said);
    Samples expected = read(null, options(8, ImageFit.STRETCH));
    assertEquals(expected.hash(), cached.hash());
    assertEquals(expected.size(), cached.size());
    byte[] one = new byte[expected.element().bytes()];
    byte[] other = new byte[expected.element().bytes()];
    for (int i = 0; i < expected.size(); i++) {
      expected.copy(i, one, 0);
      cached.copy(i, other, 0);
      assertEquals(ByteBuffer.wrap(one), ByteBuffer.wrap(other));
      assertEquals(expected.name(i), cached.name(i));
    }
    said.clear();
    said.addAll(lines);
  }

  private long decodedNow() {
    return said.stream()
        .filter(line -> line.contains("into the cache"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D*(\\d+) images.*", "$1")))
        .sum();
  }

  private Set<String> files(String extension) throws IOException {
    if (!Files.exists(cache)) {
      return Set.of();
    }
    try (Stream<Path> listed = Files.list(cache)) {
      return listed
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(extension))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private Path only(String extension) throws IOException {
    assertEquals(1, files(extension).size(), () -> extension);
    return cache.resolve(files(extension).iterator().next());
  }

  @Test
  void theSecondRunDecodesNothing() throws IOException {
    Samples first = cached();
    assertEquals(IMAGES + 1, decodedNow());
    assertAsWithoutCache(first);
    byte[] index = Files.readAllBytes(only(".index"));
    assertTrue(said.stream().anyMatch(line -> line.startsWith("skipped, unreadable: a/damaged")));
    Samples second = cached();
    assertEquals(0, decodedNow());
    assertAsWithoutCache(second);
    assertTrue(said.stream().anyMatch(line -> line.startsWith("skipped, unreadable: a/damaged")));
    assertEquals(ByteBuffer.wrap(index), ByteBuffer.wrap(Files.readAllBytes(only(".index"))));
    assertEquals(0, second.memory());
    assertEquals(Set.of(), files(".tmp"));
  }

  @Test
  void onlyChangedFilesAreDecodedAgain() throws IOException {
    Samples before = cached();
    byte[] old = new byte[before.element().bytes()];
    before.copy(0, old, 0);
    image(0, 200);
    image(IMAGES + 1, 77);
    Files.delete(images.resolve("b/3.png"));
    Samples after = cached();
    assertEquals(2, decodedNow());
    assertAsWithoutCache(after);
    // Whoever reads the old samples is not disturbed.
    byte[] still = new byte[before.element().bytes()];
    before.copy(0, still, 0);
    assertEquals(ByteBuffer.wrap(old), ByteBuffer.wrap(still));
    assertAsWithoutCache(cached());
    assertEquals(0, decodedNow());
  }

  /** Its rights changed, its stamp did not. */
  @Test
  void aFileThatCouldNotBeReadIsTriedAgain() throws IOException {
    byte[] whole = Files.readAllBytes(images.resolve("a/0.png"));
    boolean[] readable = {false};
    Source source = ImageFolder.open(images, false, said::add);
    Source denied =
        new Source() {
          @Override
          public Path path() {
            return source.path();
          }

          @Override
          public Listing listing() {
            return source.listing();
          }

          @Override
          public byte[] content(int item) throws IOException {
            if (item == 0 && !readable[0]) {
              throw new AccessDeniedException("a/0.png");
            }
            return item == 0 ? whole : source.content(item);
          }

          @Override
          public String stamp(int item) {
            return source.stamp(item);
          }

          @Override
          public String whyEmpty(int label) {
            return source.whyEmpty(label);
          }
        };
    for (boolean now : new boolean[] {false, false, true}) {
      readable[0] = now;
      said.clear();
      Samples samples =
          ImageData.readTest(
              denied, options(8, ImageFit.STRETCH), new CachePlace(cache, true), said::add);
      assertEquals(now ? IMAGES : IMAGES - 1, samples.size(), said::toString);
      assertEquals(
          now ? 1 : 2,
          said.stream().filter(line -> line.startsWith("skipped, unreadable")).count(),
          said::toString);
    }
    assertAsWithoutCache(cached());
    assertEquals(0, decodedNow());
  }

  /** Files of the same names, sizes and times, as an archive has them. */
  @Test
  void aListWithAnotherRootHasOtherImages() throws IOException {
    Path list = Files.writeString(dir.resolve("list.csv"), "0.bmp,a\n1.bmp,b\n");
    List<String> hashes = new ArrayList<>();
    for (int root = 0; root < 2; root++) {
      Path folder = Files.createDirectories(dir.resolve("root" + root));
      for (int i = 0; i < 2; i++) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        image.setRGB(3, root, 0xffffff);
        ImageIO.write(image, "bmp", folder.resolve(i + ".bmp").toFile());
        Files.setLastModifiedTime(folder.resolve(i + ".bmp"), FileTime.fromMillis(1));
      }
      Source source =
          DataFormat.LIST.open(list, new SourceOptions(false, folder, null, null), said::add);
      ImageOptions options = options(8, ImageFit.STRETCH);
      String hash =
          ImageData.readTest(source, options, new CachePlace(cache, true), said::add).hash();
      assertEquals(ImageData.readTest(source, options, null, said::add).hash(), hash);
      hashes.add(hash);
    }
    assertEquals(2, Set.copyOf(hashes).size());
  }

  @Test
  void everyFormOfImagesHasACacheOfItsOwn() throws IOException {
    cached();
    read(cache, options(6, ImageFit.STRETCH));
    read(cache, options(8, ImageFit.CROP));
    read(cache, options(8, ImageFit.pad(3)));
    assertEquals(4, files(".pixels").size());
    assertAsWithoutCache(cached());
    assertEquals(0, decodedNow());
  }

  /** What can befall the files of a cache between two runs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "no index",
        "no pixels",
        "index cut",
        "index bit",
        "version",
        "pixels cut",
        "pixels longer",
        "empty index",
        "leftovers"
      })
  void aDamagedCacheIsMadeAnew(String damage) throws IOException {
    cached();
    Path index = only(".index");
    Path pixels = only(".pixels");
    byte[] bytes = Files.readAllBytes(index);
    switch (damage) {
      case "no index" -> Files.delete(index);
      case "no pixels" -> Files.delete(pixels);
      case "index cut" -> Files.write(index, Arrays.copyOf(bytes, bytes.length - 30));
      case "index bit" -> {
        bytes[bytes.length / 2] ^= 4;
        Files.write(index, bytes);
      }
      case "version" -> {
        ByteBuffer.wrap(bytes).putInt(Long.BYTES, 99);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, bytes.length - Long.BYTES);
        ByteBuffer.wrap(bytes).putLong(bytes.length - Long.BYTES, checksum.getValue());
        Files.write(index, bytes);
      }
      case "pixels cut" -> Files.write(pixels, new byte[500]);
      // As after kill -9 while images were added.
      case "pixels longer" -> Files.write(pixels, new byte[5000], StandardOpenOption.APPEND);
      case "empty index" -> Files.write(index, new byte[0]);
      default -> {
        Files.write(index.resolveSibling("." + index.getFileName() + ".tmp"), new byte[10]);
        Files.write(
            Path.of(pixels.toString().replaceAll("-\\w+\\.pixels", "-0.pixels")), new byte[10]);
      }
    }
    boolean whole = damage.equals("pixels longer") || damage.equals("leftovers");
    assertAsWithoutCache(cached());
    assertEquals(whole ? 0 : IMAGES + 1, decodedNow(), said::toString);
    image(1, 222);
    assertAsWithoutCache(cached());
    assertEquals(1, decodedNow(), said::toString);
    assertEquals(1, files(".pixels").size());
    assertAsWithoutCache(cached());
    assertEquals(0, decodedNow());
  }

  @Test
  void whatTheSourceNoLongerHasIsLeftOutInTheEnd() throws IOException {
    cached();
    long size = Files.size(only(".pixels"));
    for (int round = 1; round < 6; round++) {
      for (int i = 0; i < IMAGES; i++) {
        image(i, i + 30 * round);
      }
      assertAsWithoutCache(cached());
    }
    // Few images: all rounds are kept. Nothing is lost, nothing is written twice.
    assertTrue(Files.size(only(".pixels")) <= 7 * size);
  }

  @Test
  void runsAtTheSameTimeShareOneCache() throws IOException {
    List<CompletableFuture<Samples>> runs =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () ->
                            ImageData.readTest(
                                ImageFolder.open(images, false, said::add),
                                options(8, ImageFit.STRETCH),
                                new CachePlace(cache, true),
                                said::add)))
            .toList();
    List<Samples> all = runs.stream().map(CompletableFuture::join).toList();
    for (Samples samples : all) {
      assertAsWithoutCache(samples);
    }
    assertEquals(IMAGES + 1, decodedNow(), said::toString);
    assertEquals(1, files(".pixels").size());
  }

  @Test
  void aFileInPlaceOfTheFolderIsRefused() throws IOException {
    Files.createDirectories(cache.getParent());
    Files.writeString(cache, "");
    refused(this::cached, "cache " + cache + ": expected a folder to read and write");
    assertFalse(Files.isDirectory(cache));
  }
}

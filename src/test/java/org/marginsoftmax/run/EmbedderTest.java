package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.serving.RankedClass;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

/** The embedder of a service, on a run in memory and on its export. */
class EmbedderTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  private static final int SIZE = 8;
  @TempDir static Path dir;
  private static Path run;
  private static ServedModel model;
  private static Embedder embedder;
  private static List<byte[]> images;
  private static float[][] expected;

  @BeforeAll
  static void open() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 6, 40, 20);
    TrainConfig config =
        new TrainConfig(
            DataConfig.fashionMnist().with(Map.of("source", data.toString(), "validation", 0.1)),
            HeadConfig.arcface(),
            ScheduleConfig.usual(),
            new BackboneConfig("small-cnn", 16),
            OptimizerConfig.adam(),
            Loops.of(6, null, 24, 2),
            KerasConfig.none());
    run = dir.resolve("run");
    Train.run(config, new RunFolder(run), false, StopSignal.onRequest(), QUIET);
    model = ServedRun.of(run, null);
    embedder = Embedder.open(model, new EmbedderConfig(16, Duration.ofMillis(2), 2, true));
    Samples test = IdxFolder.read(data).test();
    images = new ArrayList<>();
    for (int i = 0; i < test.size(); i++) {
      byte[] pixels = new byte[SIZE * SIZE];
      test.copy(i, pixels, 0);
      images.add(pixels);
    }
    expected = embedder.warmUp().embedAll(images);
  }

  @AfterAll
  static void close() {
    embedder.close();
  }

  private static BufferedImage picture(byte[] pixels) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    picture.getRaster().setDataElements(0, 0, SIZE, SIZE, pixels);
    return picture;
  }

  private static byte[] png(BufferedImage picture) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", out);
    return out.toByteArray();
  }

  @Test
  void takesAnImageInEveryForm() throws IOException {
    byte[] pixels = images.get(3);
    float[] floats = new float[pixels.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Math.min(255, (pixels[i] & 0xff) + 0.3f * (i % 2));
    }
    Path file = Files.write(dir.resolve("image.png"), png(picture(pixels)));
    assertArrayEquals(expected[3], embedder.embed(pixels), 1e-6f);
    assertArrayEquals(expected[3], embedder.embed(floats), 1e-6f);
    assertArrayEquals(expected[3], embedder.embed(picture(pixels)), 1e-6f);
    assertArrayEquals(expected[3], embedder.embed(file), 1e-6f);
    assertArrayEquals(expected[3], embedder.embedEncoded(Files.readAllBytes(file)), 1e-6f);
    assertEquals(6, embedder.card().classNames().size());
  }

  @Test
  void theFolderGivesWhatTheRunInMemoryGives() {
    Path folder = Export.asServing(run, dir.resolve("served"), null, null);
    try (Embedder other = Embedder.open(folder, EmbedderConfig.usual())) {
      float[][] found = other.embedAll(images);
      for (int i = 0; i < found.length; i++) {
        assertArrayEquals(expected[i], found[i], 1e-6f);
      }
      assertEquals(embedder.card().classNames(), other.card().classNames());
      assertEquals(1, other.card().calibration().thresholds().size());
    }
  }

  @Test
  void classifiesAsTheNetworkLearnt() {
    int right = 0;
    for (int i = 0; i < images.size(); i++) {
      List<RankedClass> ranked = embedder.classify(images.get(i));
      assertEquals(5, ranked.size());
      assertTrue(ranked.get(0).score() >= ranked.get(1).score());
      right += ranked.get(0).label().equals(String.valueOf(i % 6)) ? 1 : 0;
    }
    assertTrue(right > 0.9 * images.size(), right + " of " + images.size());
  }

  /** 64 callers at once, one in eight with a bad image among the good ones. */
  @Test
  void manyCallersGetTheirOwnAnswers() throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(64);
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int c = 0; c < 64; c++) {
      int caller = c;
      calls.add(
          () -> {
            for (int i = 0; i < 50; i++) {
              int at = (caller * 7 + i) % images.size();
              if (i % 8 == 0) {
                assertThrows(IllegalArgumentException.class, () -> embedder.embed(new byte[3]));
              }
              assertArrayEquals(expected[at], embedder.embed(images.get(at)), 1e-5f);
            }
            return true;
          });
    }
    for (Future<Boolean> answer : callers.invokeAll(calls)) {
      assertTrue(answer.get());
    }
    callers.shutdown();
  }

  @Test
  void refusesBadImagesInALine() throws IOException {
    float[] nan = new float[SIZE * SIZE];
    nan[5] = Float.NaN;
    refused("found NaN at 5", () -> embedder.embed(nan));
    refused("0..255", () -> embedder.embed(filled(-0.1f)));
    refused("0..255", () -> embedder.embed(filled(255.5f)));
    refused("expected 64 values (8x8x1), found 63", () -> embedder.embed(new byte[63]));
    refused("found 65", () -> embedder.embedAll(List.of(images.get(0), new byte[65])));
    refused(
        "no PNG, JPEG, GIF, BMP, TIFF or WebP", () -> embedder.embedEncoded(new byte[] {1, 2, 3}));
    refused("unreadable", () -> embedder.embedEncoded(new byte[0]));
    refused("unreadable", () -> embedder.embed(dir.resolve("nowhere.png")));
    byte[] whole = png(picture(images.get(0)));
    refused("unreadable", () -> embedder.embedEncoded(Arrays.copyOf(whole, whole.length / 2)));
    try (Embedder strict = Embedder.open(model, new EmbedderConfig(4, Duration.ZERO, 2, false))) {
      BufferedImage wide = new BufferedImage(9, 8, BufferedImage.TYPE_BYTE_GRAY);
      refused("expected 8 x 8 pixels, found 9 x 8", () -> strict.embed(wide));
      byte[] encoded = png(wide);
      refused("expected 8 x 8 pixels, found 9 x 8", () -> strict.embedEncoded(encoded));
      assertEquals(16, embedder.embed(wide).length);
    }
    refused("a batch of 1..4096", () -> new EmbedderConfig(0, Duration.ZERO, 2, true));
    refused("a delay", () -> new EmbedderConfig(1, Duration.ofSeconds(-1), 2, true));
    refused("threads", () -> new EmbedderConfig(1, Duration.ZERO, 0, true));
  }

  private static float[] filled(float value) {
    float[] pixels = new float[SIZE * SIZE];
    Arrays.fill(pixels, value);
    return pixels;
  }

  /** A header that promises a hundred megapixels in a file of a hundred bytes. */
  @Test
  void refusesABombBeforeItIsDecoded() throws IOException {
    byte[] bomb = png(picture(images.get(0)));
    ByteBuffer header = ByteBuffer.wrap(bomb);
    header.putInt(16, 9_000);
    header.putInt(20, 9_000);
    CRC32 crc = new CRC32();
    crc.update(bomb, 12, 17);
    header.putInt(29, (int) crc.getValue());
    refused("too large: 9000 x 9000 pixels", () -> embedder.embedEncoded(bomb));
    Path file = Files.write(dir.resolve("bomb.png"), bomb);
    refused("too large: 9000 x 9000 pixels", () -> embedder.embed(file));
  }

  @Test
  void refusesFoldersThatAreNoExports() throws IOException {
    EmbedderConfig config = EmbedderConfig.usual();
    refused("model-card.json in it", () -> Embedder.open(run.resolve("model"), config));
    refused("saved_model.pb in it", () -> Embedder.open(dir.resolve("nowhere"), config));
    Path folder = Export.asServing(run, dir.resolve("damaged"), null, null);
    Files.copy(
        run.resolve("model/saved_model.pb"),
        folder.resolve("saved_model.pb"),
        StandardCopyOption.REPLACE_EXISTING);
    refused("found signatures [serving_default]", () -> Embedder.open(folder, config));
    Files.write(folder.resolve("saved_model.pb"), new byte[] {1, 2, 3});
    refused("a damaged file", () -> Embedder.open(folder, config));
    Path other = Export.asServing(run, dir.resolve("card"), null, null);
    Path card = other.resolve("assets.extra/model-card.json");
    String whole = Files.readString(card);
    for (String damage :
        List.of("{}", whole.replace("8x8x1", "0x8x1"), whole.replace("8x8x1", "8x8"), "null")) {
      Files.writeString(card, damage);
      refused("a card without", () -> Embedder.open(other, config));
    }
    for (String threshold : List.of("1.0000001", "-1.5", "\"NaN\"", "1e300")) {
      Files.writeString(
          card, whole.replaceFirst("\"threshold\" : [^,]*", "\"threshold\" : " + threshold));
      refused("threshold: expected a cosine in -1..1", () -> Embedder.open(other, config));
    }
    Files.writeString(card, whole.replaceFirst("\"top\" : \\d", "\"top\" : 2"));
    refused("where its card ranks 2", () -> Embedder.open(other, config));
    assertThrows(IllegalArgumentException.class, () -> ServedRun.of(dir.resolve("nowhere"), null));
  }

  @Test
  void closingEndsCallsInWords() throws Exception {
    Embedder closing = Embedder.open(model, new EmbedderConfig(4, Duration.ofMillis(2), 2, true));
    ExecutorService callers = Executors.newFixedThreadPool(8);
    List<Future<?>> calling = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calling.add(
          callers.submit(
              () -> {
                while (true) {
                  closing.embed(images.get(0));
                }
              }));
    }
    Thread.sleep(200);
    assertTrue(calling.stream().noneMatch(Future::isDone));
    closing.close();
    closing.close();
    for (Future<?> each : calling) {
      Throwable end = assertThrows(ExecutionException.class, each::get).getCause();
      assertEquals(IllegalStateException.class, end.getClass());
      assertTrue(end.getMessage().contains("found it closed; open another"), end.getMessage());
    }
    assertThrows(IllegalStateException.class, () -> closing.embed(images.get(0)));
    assertThrows(IllegalStateException.class, () -> closing.embedAll(images));
    assertThrows(IllegalStateException.class, () -> closing.classify(images.get(0)));
    callers.shutdown();
  }

  /** What is native is freed: calls, failed calls, opened and closed embedders. */
  @Test
  void leaksNothing() throws IOException {
    for (int i = 0; i < 15; i++) {
      work(20);
    }
    long before = resident();
    for (int i = 0; i < 50; i++) {
      work(20);
    }
    long grown = resident() - before;
    assertTrue(grown < 30L << 20, "grown by %d MB".formatted(grown >> 20));
  }

  private static void work(int times) {
    try (Embedder each = Embedder.open(model, new EmbedderConfig(64, Duration.ZERO, 2, true))) {
      for (int i = 0; i < times; i++) {
        each.embedAll(images);
        each.classify(images.get(i));
        assertThrows(IllegalArgumentException.class, () -> each.embed(new byte[1]));
      }
    }
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void micrometerHearsOfLatencies() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Metrics.addRegistry(registry);
    try {
      embedder.embed(images.get(0));
      assertEquals(1, registry.get("margin_softmax.embed").timer().count());
      assertEquals(
          3, registry.get("margin_softmax.embed").timer().takeSnapshot().percentileValues().length);
    } finally {
      Metrics.removeRegistry(registry);
    }
  }

  private static void refused(String part, Executable work) {
    String message = assertThrows(IllegalArgumentException.class, work).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains(part), message);
  }
}

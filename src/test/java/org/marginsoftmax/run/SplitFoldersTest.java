package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.image.ImageSize;

/** A run on images that come split into training, validation and test. */
class SplitFoldersTest {
  @TempDir static Path dir;
  private static Path data;
  private static Path run;

  @BeforeAll
  static void train() {
    data = images("data", "a", "b");
    run = dir.resolve("run");
    train(false);
  }

  private static Path images(String folder, String... classes) {
    for (String part : new String[] {"train", "val", "test"}) {
      for (String each : classes) {
        for (int i = 0; i < 6; i++) {
          write(dir.resolve(folder).resolve(part).resolve(each).resolve(i + ".png"), 40 * i);
        }
      }
    }
    return dir.resolve(folder);
  }

  private static void write(Path file, int grey) {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(file.getParent().endsWith("a") ? 1 : 5, 4, 0, 250 - grey);
    try {
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void train(boolean resume) {
    TrainConfig usual = TrainConfig.usual();
    TrainConfig config =
        new TrainConfig(
            DataConfig.fashionMnist()
                .with(
                    Map.of(
                        "source",
                        data.toString(),
                        "validation",
                        0.1,
                        "image_size",
                        new ImageSize(8, 8))),
            usual.head(),
            usual.schedule(),
            new BackboneConfig("small-cnn", 8),
            usual.optimizer(),
            Loops.of(1, null, 6, 1),
            KerasConfig.none());
    PrintStream quiet = new PrintStream(OutputStream.nullOutputStream());
    Train.run(config, new RunFolder(run), resume, StopSignal.onRequest(), quiet);
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "val", "test"})
  void aChangedImageOfAnyPartIsSeen(String part) {
    Path changed = data.resolve(part).resolve("a/0.png");
    write(changed, 3);
    try {
      String resumed = assertThrows(IllegalArgumentException.class, () -> train(true)).getMessage();
      assertTrue(resumed.contains("found other samples"), resumed);
      String evaluated =
          assertThrows(IllegalArgumentException.class, () -> Evaluate.run(run, null, null))
              .getMessage();
      assertTrue(evaluated.contains("found others"), evaluated);
    } finally {
      write(changed, 0);
    }
    train(true);
    assertEquals(28, Evaluate.run(run, null, null).metrics().size());
  }

  /** A cache may come, go and be another; the samples are those the run was begun with. */
  @Test
  void aRunIsResumedWithAndWithoutCache() throws IOException {
    for (String cache : new String[] {"cache", "none", "cache", "other"}) {
      TrainConfig asked = new RunFolder(run).config().orElseThrow().options();
      String place = cache.equals("none") ? cache : dir.resolve(cache).toString();
      TrainConfig config = asked.with(Map.of("data.cache", place));
      PrintStream quiet = new PrintStream(OutputStream.nullOutputStream());
      Train.run(config, new RunFolder(run), true, StopSignal.onRequest(), quiet);
      assertEquals(28, Evaluate.run(run, null, null).metrics().size());
      assertEquals(!cache.equals("none"), Files.exists(Path.of(place)));
      Folders.delete(dir.resolve("cache"));
      assertEquals(28, Evaluate.run(run, null, null).metrics().size());
    }
  }

  /** As of a run of an older version, which sorted 10 before 2. */
  @Test
  void classesAreKnownByTheirNamesInWhateverOrder() throws IOException {
    Path turned = dir.resolve("turned");
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, turned.resolve(run.relativize(file)));
      }
    }
    Path config = turned.resolve("config.json");
    ObjectNode record = (ObjectNode) Json.MAPPER.readTree(config.toFile());
    ((ObjectNode) record.get("data")).putArray("class_names").add("b").add("a");
    Json.MAPPER.writeValue(config.toFile(), record);
    double expected = accuracy(Evaluate.run(run, data.toString(), null));
    // Its centers are those of the other run: what that calls a, this calls b.
    assertEquals(1 - expected, accuracy(Evaluate.run(turned, data.toString(), null)), 1e-9);
    Folders.delete(turned);
  }

  private static double accuracy(Evaluation evaluation) {
    return evaluation.metrics().stream()
        .filter(metric -> metric.figure() == Figure.ACCURACY)
        .findFirst()
        .orElseThrow()
        .value()
        .orElseThrow();
  }

  @Test
  void otherDataAreReadOnceWhetherTheirClassesAreKnownOrNot() {
    assertReadOnce(data, () -> Evaluate.run(run, data.toString(), null));
    Path others = images("others", "c", "d", "e");
    assertReadOnce(others, () -> Evaluate.run(run, others.toString(), null));
  }

  private static void assertReadOnce(Path folder, Supplier<Evaluation> evaluation) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(told, true));
    try {
      evaluation.get();
    } finally {
      System.setErr(before);
    }
    assertEquals(
        1,
        told.toString().lines().filter(line -> line.contains("to train on")).count(),
        told::toString);
  }
}

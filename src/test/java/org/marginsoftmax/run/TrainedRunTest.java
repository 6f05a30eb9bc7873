package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** An opened run: who is told what, and what is left of it once it is closed. */
class TrainedRunTest {
  @TempDir static Path dir;
  private static Path data;
  private static Path run;

  /** Images, one of them no image, which every use of the data says. */
  @BeforeAll
  static void train() throws IOException {
    data = dir.resolve("data");
    for (String each : List.of("a", "b")) {
      for (int i = 0; i < 30; i++) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(each.equals("a") ? 1 : 5, 4, 0, 250 - i);
        Path file = data.resolve(each).resolve(i + ".png");
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
      }
    }
    Files.writeString(data.resolve("a/broken.png"), "no image");
    run = dir.resolve("run");
    PrintStream quiet = new PrintStream(OutputStream.nullOutputStream());
    Train.run(config(), new RunFolder(run), false, StopSignal.onRequest(), quiet);
  }

  private static TrainConfig config() {
    return TrainConfig.usual()
        .with(
            Map.of(
                "data.source", data.toString(),
                "data.image_size", 8,
                "data.unreadable", 0.2,
                "backbone.embedding", 8,
                "loop.batch_size", 6,
                "loop.epochs", 1,
                "loop.device", "cpu"));
  }

  /** What is said goes to the stream given, and not a line elsewhere. */
  private static String told(Consumer<PrintStream> work) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    ByteArrayOutputStream elsewhere = new ByteArrayOutputStream();
    PrintStream error = System.err;
    PrintStream output = System.out;
    PrintStream caught = new PrintStream(elsewhere, true);
    System.setErr(caught);
    System.setOut(caught);
    try {
      work.accept(new PrintStream(told, true));
    } finally {
      System.setErr(error);
      System.setOut(output);
    }
    // A library that only tests have speaks of itself.
    assertEquals(
        List.of(), elsewhere.toString().lines().filter(line -> !line.startsWith("SLF4J")).toList());
    return told.toString();
  }

  @Test
  void everythingIsSaidToTheStreamGiven() {
    String broken = "broken.png";
    assertTrue(
        told(out ->
                Train.run(
                    config(),
                    new RunFolder(dir.resolve("again")),
                    false,
                    StopSignal.onRequest(),
                    out))
            .contains(broken));
    assertTrue(told(out -> Check.run(config(), out)).contains(broken));
    String evaluated =
        told(
            out ->
                Evaluate.run(
                    EvaluateConfig.of(run).withData(data.toString()).withClasses("0-1"), out));
    assertTrue(evaluated.contains(broken));
    String exported =
        told(
            out -> {
              try (TrainedRun trained = TrainedRun.open(run, out)) {
                Export.asServing(trained, dir.resolve("served"), null, null);
              }
            });
    assertTrue(exported.contains("threshold") && exported.contains(broken), exported);
    String outliers =
        told(
            out -> {
              try (TrainedRun trained = TrainedRun.open(run, out)) {
                Outliers.run(trained, 75);
              }
            });
    assertTrue(outliers.contains(broken), outliers);
    List<Path> images = List.of(data);
    assertTrue(told(out -> Predict.run(run, images, 1, out)).contains(broken));
    assertTrue(told(out -> EmbeddingRows.of(run, images, out).rows().get()).contains(broken));
  }

  @Test
  void onceClosedItAnswersNothingThatNeedsItsCheckpoint() {
    TrainedRun trained = TrainedRun.open(run);
    trained.close();
    trained.close();
    assertEquals(List.of("a", "b"), trained.record().data().classNames());
    for (Executable use :
        List.<Executable>of(
            () -> Evaluate.run(trained, EvaluateConfig.of(run)),
            () -> Evaluate.run(trained, EvaluateConfig.of(run).withData(data.toString())),
            () -> Outliers.run(trained, 75),
            () -> ServedRun.of(trained, null),
            () -> Export.asServing(trained, dir.resolve("no"), null, null))) {
      String message = assertThrows(IllegalStateException.class, use).getMessage();
      assertEquals("run " + run + ": expected it open, found it closed; open it again", message);
    }
    assertTrue(Files.notExists(dir.resolve("no")));
  }
}

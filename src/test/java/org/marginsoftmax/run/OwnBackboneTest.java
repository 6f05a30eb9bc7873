package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.backbone.TinyProvider;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.source.Idx;

/** A backbone of a user's goes through the whole of a run. */
class OwnBackboneTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  @TempDir Path dir;
  private TrainConfig config;
  private Path run;

  @BeforeEach
  void setUp() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 4, 40, 12);
    config =
        TrainConfig.usual()
            .withData(DataConfig.fashionMnist().withSource(data.toString()))
            .withBackbone(new BackboneConfig("tiny-net", 16))
            .with(
                Map.of(
                    "loop.epochs", 8, "loop.batch_size", 20, "loop.seed", 3, "loop.device", "cpu"));
    run = dir.resolve("run");
  }

  @AfterEach
  void restoreFilters() {
    TinyProvider.filters = 8;
  }

  private Train.Result train(boolean resume, StopSignal stop) {
    return Train.run(config, new RunFolder(run), resume, stop, QUIET);
  }

  @Test
  void fromTrainingToTheGallery() throws IOException {
    StopSignal stop = StopSignal.onRequest();
    stop.request();
    assertTrue(!train(false, stop).finished());
    Evaluation trained = train(true, StopSignal.onRequest()).evaluation();
    assertTrue(trained.value("accuracy").orElseThrow() > 0.9);
    assertTrue(Files.readString(run.resolve("report.html")).contains("tiny-net"));
    assertEquals(trained, Evaluate.run(run, null, null));

    Path image = dir.resolve("bright-row-2.png");
    BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < 8; x++) {
      picture.getRaster().setSample(x, 2, 0, 220);
    }
    ImageIO.write(picture, "png", image.toFile());
    assertEquals("2", Predict.run(run, List.of(image), 1, QUIET).get(0).classes().get(0).label());

    Path model = Export.asServing(run, dir.resolve("model"), null, null);
    try (Embedder ofRun = Embedder.open(ServedRun.of(run, null), EmbedderConfig.usual());
        Embedder embedder = Embedder.open(model, EmbedderConfig.usual());
        Gallery gallery = Gallery.openOrCreate(dir.resolve("gallery"))) {
      float[] embedding = embedder.embed(image);
      assertArrayEquals(ofRun.embed(image), embedding, 1e-6f);
      gallery.add("two", embedding);
      assertEquals("two", gallery.search(embedding, 1).get(0).name());
    }
  }

  @Test
  void aBackboneThatChangedSinceIsRefusedInALine() {
    train(false, StopSignal.onRequest());
    TinyProvider.filters = 9;
    String message =
        assertThrows(IllegalArgumentException.class, () -> Evaluate.run(run, null, null))
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains("conv.kernel"), message);
  }

  @Test
  void aBackboneWhoseJarIsMissingIsRefusedInALine() throws IOException {
    train(false, StopSignal.onRequest());
    Path json = run.resolve("config.json");
    Files.writeString(json, Files.readString(json).replace("tiny-net", "gone-net"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> Evaluate.run(run, null, null))
            .getMessage();
    assertTrue(message.contains("'gone-net'") && message.contains("class path"), message);
  }
}

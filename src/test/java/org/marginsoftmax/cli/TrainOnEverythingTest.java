package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.npy.Npz;

/** {@code --test-share 0}: every sample is trained on, and there is nothing to evaluate. */
class TrainOnEverythingTest extends CommandTest {
  private static final int EACH = 12;
  @TempDir Path dir;

  private Path source(String kind, String name) throws IOException {
    return kind.equals("images") ? images(name) : arrays(name);
  }

  private Path images(String name) throws IOException {
    Random random = new Random(6);
    for (int i = 0; i < 3 * EACH; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      for (int k = 0; k < 64; k++) {
        int bright = k / 8 % 3 == i % 3 ? 200 : 20;
        image.getRaster().setSample(k % 8, k / 8, 0, bright + random.nextInt(30));
      }
      Path file = dir.resolve(name).resolve("c" + i % 3).resolve(i + ".png");
      Files.createDirectories(file.getParent());
      assertTrue(ImageIO.write(image, "png", file.toFile()));
    }
    return dir.resolve(name);
  }

  private Path arrays(String name) throws IOException {
    Random random = new Random(6);
    float[] values = new float[3 * EACH * 4];
    int[] labels = new int[3 * EACH];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
      for (int k = 0; k < 4; k++) {
        values[4 * i + k] = (float) ((k == labels[i] ? 2 : 0) + 0.3 * random.nextGaussian());
      }
    }
    return new Npz()
        .floats("features", values, labels.length, 4)
        .labels("labels", labels)
        .write(dir.resolve(name + ".npz"), true);
  }

  private static int train(Path data, Path run, String... more) {
    String[] args = {
      "train",
      "--data",
      data.toString(),
      "--out",
      run.toString(),
      "--test-share",
      "0",
      "--validation",
      "0",
      "--batch-size",
      "12",
      "--epochs",
      "2",
      "--threads",
      "1",
      "--device",
      "cpu"
    };
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return run(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"images", "arrays"})
  void everySampleIsTrainedOn(String kind) throws IOException {
    Path data = source(kind, "all");
    Path run = dir.resolve("run");
    String told = progress(() -> assertEquals(0, train(data, run), () -> err));
    assertTrue(told.contains("36 training, 0 validation and 0 test samples"), told);
    assertTrue(told.contains("no test samples"), told);
    assertFalse(out.contains("accuracy") || out.contains("report.html"), out);
    assertTrue(out.contains("model"), out);
    assertEquals(
        0, new ObjectMapper().readTree(run.resolve("metrics.json").toFile()).size(), "finished");
    assertFalse(Files.exists(run.resolve("report.html")));

    assertEquals(2, run("evaluate", run.toString()));
    assertEquals(1, err.strip().lines().count(), err);
    assertTrue(err.contains("trained without any, name others with --data"), err);
    Path other = source(kind, "other");
    assertEquals(0, run("evaluate", run.toString(), "--data", other.toString()), () -> err);
    assertTrue(out.contains("accuracy"), out);
    assertEquals(0, run("outliers", run.toString()), () -> err);
    assertEquals(
        0, run("export", run.toString(), "--to", dir.resolve("served").toString()), () -> err);

    String again =
        progress(() -> assertEquals(0, train(data, run, "--resume", "--json"), () -> err));
    assertTrue(again.contains("step 6 of 6"), again);
    JsonNode result = new ObjectMapper().readTree(out);
    assertTrue(result.get("finished").asBoolean());
    assertFalse(result.has("metrics"), out);
  }

  @Test
  void aSweepIsRankedWithoutTestSamplesToo() throws IOException {
    assertEquals(
        0,
        run(
            "sweep",
            "--margins",
            "0,0.3",
            "--data",
            images("all").toString(),
            "--test-share",
            "0",
            "--validation",
            "0.2",
            "--epochs",
            "1",
            "--batch-size",
            "12",
            "--out",
            dir.resolve("sweep").toString()),
        () -> err);
    assertTrue(out.contains("validation accuracy"), out);
    assertFalse(out.contains("test samples"), out);
    assertTrue(
        Files.readString(dir.resolve("sweep/sweep.html"))
            .contains("<section class=\"wide\" hidden>"));
  }

  /** The share is looked at even where the data needs none. */
  @ParameterizedTest
  @ValueSource(strings = {"-0.1", "0.6", "NaN"})
  void aShareIsInRange(String share) throws IOException {
    for (String data : new String[] {images("all").toString(), "fashion-mnist"}) {
      assertEquals(2, run("check", "--data", data, "--test-share", share));
      assertEquals(1, err.strip().lines().count(), err);
      assertTrue(err.contains("share in 0..0.5"), err);
    }
  }
}

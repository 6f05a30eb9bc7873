package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.Idx;
import org.marginsoftmax.data.IdxFolder;
import org.marginsoftmax.data.Samples;

/** {@code export} for serving and {@code predict} as users type them. */
class ServingCommandsTest extends CommandTest {
  @TempDir static Path dir;
  private static final List<String> IMAGES = new ArrayList<>();

  private static void assertRefused(String said, String... args) {
    assertEquals(2, run(args), () -> err + out);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(said), err);
  }

  private static String path(String name) {
    return dir.resolve(name).toString();
  }

  @BeforeAll
  static void train() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 6, 40, 4);
    String[] args = {
      "train",
      "--data",
      data.toString(),
      "--epochs",
      "6",
      "--batch-size",
      "24",
      "--embedding",
      "16",
      "--out",
      path("run")
    };
    assertEquals(0, run(args), () -> err);
    Samples test = IdxFolder.read(data).test();
    for (int i = 0; i < 6; i++) {
      byte[] pixels = new byte[64];
      test.copyPixels(i, pixels, 0);
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setDataElements(0, 0, 8, 8, pixels);
      Path file = dir.resolve(i + ".png");
      ImageIO.write(image, "png", file.toFile());
      IMAGES.add(file.toString());
    }
  }

  private static JsonNode predict(String model, String... options) throws IOException {
    List<String> args = new ArrayList<>(List.of("predict", model));
    args.addAll(IMAGES);
    args.addAll(List.of(options));
    args.add("--json");
    assertEquals(0, run(args.toArray(String[]::new)), () -> err);
    return new ObjectMapper().readTree(out);
  }

  @Test
  void exportsAndPredictsTheSameOfRunAndModel() throws IOException {
    assertEquals(
        0,
        run(
            "export",
            path("run"),
            "--to",
            path("models"),
            "--name",
            "rows",
            "--version",
            "3",
            "--json"),
        () -> err);
    String model = new ObjectMapper().readTree(out).get("model").asText();
    assertEquals(dir.resolve("models/rows/3").toString(), model);
    assertTrue(Files.exists(Path.of(model, "assets.extra", "model-card.json")));
    JsonNode ofModel = predict(model, "--top", "2");
    assertEquals(ofModel, predict(path("run"), "--top", "2"));
    int right = 0;
    for (int i = 0; i < 6; i++) {
      assertEquals(IMAGES.get(i), ofModel.get(i).get("image").asText());
      assertEquals(2, ofModel.get(i).get("classes").size());
      right += ofModel.at("/" + i + "/classes/0/label").asText().equals(i + "") ? 1 : 0;
    }
    assertTrue(right >= 5, ofModel.toString());
    assertEquals(0, run("predict", path("run"), IMAGES.get(0)), () -> err);
    assertTrue(out.startsWith(IMAGES.get(0) + "  ") && out.lines().count() == 1, out);

    assertEquals(0, run("inspect", model), () -> err);
    assertTrue(out.contains("safe to run  yes"), out);
    assertEquals(
        0,
        run("embed", model, "--data", path("data"), "--output", path("e.npy"), "--json"),
        () -> err);
    assertEquals("[24,16]", new ObjectMapper().readTree(out).get("shape").toString());

    assertRefused("exported to rank, found 6", "predict", model, IMAGES.get(0), "--top", "6");
    assertRefused("top: expected 1..6", "predict", path("run"), IMAGES.get(0), "--top", "0");
    assertRefused("nowhere.png", "predict", model, IMAGES.get(0), path("nowhere.png"));
    assertRefused("no config.json", "predict", path("data"), IMAGES.get(0));
    assertRefused("model-card.json", "predict", path("run/model"), IMAGES.get(0));
  }

  private static String[] with(List<String> images, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(images);
    return all.toArray(String[]::new);
  }

  @Test
  void galleriesTakeImagesAsWellAsEmbeddings() throws IOException {
    Path names = Files.writeString(dir.resolve("who.txt"), "0\n1\n2\n3\n4\n5\n");
    String[] add = {
      "gallery", "add", path("people"), "--model", path("run"), "--names", names.toString()
    };
    assertEquals(0, run(with(IMAGES, add)), () -> err);
    assertEquals(0, run("export", path("run"), "--to", path("embeds")), () -> err);
    // The exported model embeds an image where the run did.
    String[] search = {
      "gallery", "search", path("people"), "--top", "1", "--json", "--model", path("embeds")
    };
    assertEquals(0, run(with(IMAGES, search)), () -> err);
    JsonNode probes = new ObjectMapper().readTree(out).get("probes");
    assertEquals(6, probes.size());
    for (int i = 0; i < 6; i++) {
      assertEquals(i + "", probes.at("/" + i + "/0/name").asText(), out);
      assertEquals(1, probes.at("/" + i + "/0/cosine").asDouble(), 1e-5);
    }
    JsonNode calibrated =
        new ObjectMapper()
            .readTree(Path.of(path("embeds"), "assets.extra", "model-card.json").toFile())
            .at("/calibration/thresholds/0");
    assertEquals(0.01, calibrated.get("target_far").asDouble());
    String[] far = {
      "gallery", "search", path("people"), "--json", "--model", path("embeds"), "--far", "0.01"
    };
    assertEquals(0, run(with(IMAGES, far)), () -> err);
    String byFar = out;
    far[6] = "--threshold";
    far[7] = calibrated.get("threshold").asText();
    assertEquals(0, run(with(IMAGES, far)), () -> err);
    assertEquals(out, byFar);
    far[7] = "-1";
    assertEquals(0, run(with(IMAGES, far)), () -> err);
    assertNotEquals(out, byFar, "the threshold cuts");
    far[6] = "--far";
    far[7] = "0.5";
    assertRefused("expected one of [0.01", with(IMAGES, far));
    far[5] = path("run");
    assertRefused("a folder that export wrote", with(IMAGES, far));
    assertRefused(
        "expected --model",
        "gallery",
        "search",
        path("people"),
        "--input",
        path("e.npy"),
        "--far",
        "0.01");
    assertRefused("no --model", with(IMAGES, "gallery", "search", path("people")));
    assertRefused("0 images", "gallery", "search", path("people"), "--model", path("run"));
    assertRefused("no --input", "gallery", "search", path("people"));
    assertRefused(
        "nowhere.png",
        "gallery",
        "add",
        path("other"),
        "--model",
        path("run"),
        "--name",
        "x",
        path("nowhere.png"));
    assertFalse(Files.exists(dir.resolve("other")));
  }

  @Test
  void refusesToExportHalfOfAPlace() {
    String to = path("refused");
    assertRefused("together", "export", path("run"), "--to", to, "--name", "x");
    assertRefused("together", "export", path("run"), "--to", to, "--version", "2");
    assertRefused("a version", "export", path("run"), "--to", to, "--name", "x", "--version", "0");
    assertRefused(
        "leave them out", "export", path("run"), "--as", "keras", "--to", to, "--top", "2");
    assertRefused("made from a Keras model", "export", path("run"), "--as", "keras", "--to", to);
    assertFalse(Files.exists(Path.of(to)));
  }
}

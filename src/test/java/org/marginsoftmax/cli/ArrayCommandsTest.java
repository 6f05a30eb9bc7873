package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.Npz;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/** Training on arrays that somebody else computed, from the command line. */
class ArrayCommandsTest extends CommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path dir;

  @BeforeEach
  void home() {
    System.setProperty("margin-softmax.home", System.getProperty("user.dir"));
  }

  /** Noisy samples of three classes, labelled 2, 5 and 9. */
  private Path clouds(String name, int n, int... shape) throws IOException {
    int size = 1;
    for (int k : shape) {
      size *= k;
    }
    Random random = new Random(4);
    float[] values = new float[n * size];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      int label = i % 3;
      labels[i] = new int[] {2, 5, 9}[label];
      for (int k = 0; k < size; k++) {
        double mean = k % 3 == label ? 2 : 0;
        values[i * size + k] = (float) (mean + 0.5 * random.nextGaussian());
      }
    }
    int[] whole = new int[shape.length + 1];
    whole[0] = n;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    return new Npz()
        .floats("features", values, whole)
        .labels("labels", labels)
        .write(dir.resolve(name), true);
  }

  private static void succeeds(String... args) {
    assertEquals(0, run(args), () -> String.join(" ", args) + ": " + err);
  }

  private static JsonNode json(String... args) throws IOException {
    succeeds(args);
    return JSON.readTree(out);
  }

  private static void refused(String part, String... args) {
    assertEquals(2, run(args), () -> String.join(" ", args) + ": " + out + err);
    assertEquals(1, err.strip().lines().count(), err);
    assertTrue(err.contains(part), err);
  }

  private String at(String name) {
    return dir.resolve(name).toString();
  }

  /** Options that are given over those that are usual here. */
  private String[] train(Path data, String run, String... given) {
    Map<String, String> usual =
        Map.of(
            "--data", data.toString(),
            "--out", at(run),
            "--device", "cpu",
            "--batch-size", "16",
            "--epochs", "4",
            "--lr", "0.05");
    List<String> all = new ArrayList<>(List.of("train"));
    usual.forEach(
        (option, value) -> {
          if (!List.of(given).contains(option)) {
            all.addAll(List.of(option, value));
          }
        });
    all.addAll(List.of(given));
    return all.toArray(String[]::new);
  }

  /** The pixels as bytes, and the same as floats that are scaled already. */
  @Test
  void kerasModelsTrainOnArraysAsOnImages() throws IOException {
    int n = 64;
    byte[] pixels = new byte[n * 28 * 28];
    float[] scaled = new float[pixels.length];
    int[] labels = new int[n];
    Random random = new Random(6);
    for (int i = 0; i < pixels.length; i++) {
      labels[i / 784] = i / 784 % 3;
      pixels[i] = (byte) (random.nextInt(100) + 50 * labels[i / 784]);
      scaled[i] = (pixels[i] & 0xff) / 255f;
    }
    Path images =
        new Npz()
            .with("features", "|u1", pixels, n, 28, 28, 1)
            .labels("labels", labels)
            .write(dir.resolve("images.npz"), true);
    Path arrays =
        new Npz()
            .floats("features", scaled, n, 28, 28, 1)
            .labels("labels", labels)
            .write(dir.resolve("arrays.npz"), true);
    String model = "saved-models/article-backbone-keras3-tf2.18/model";
    for (Path data : List.of(images, arrays)) {
      String run = data.getFileName().toString().replace(".npz", "");
      succeeds(train(data, run, "--from-keras", model, "--epochs", "2", "--lr", "0.001"));
      succeeds("export", at(run), "--as", "keras", "--to", at(run + "-keras"));
    }
    List<String> ofImages = Files.readAllLines(dir.resolve("images/history.csv"));
    List<String> ofArrays = Files.readAllLines(dir.resolve("arrays/history.csv"));
    int loss = List.of(ofImages.get(0).split(",")).indexOf("loss");
    for (int i = 1; i < ofImages.size(); i++) {
      assertEquals(
          Double.parseDouble(ofImages.get(i).split(",")[loss]),
          Double.parseDouble(ofArrays.get(i).split(",")[loss]),
          1e-3);
    }
    refused(
        "expected samples that fit images, float32 [N, 28, 28, 1], found arrays [?, 6]",
        train(clouds("flat.npz", 60, 6), "flat", "--from-keras", model));
  }

  @Test
  void featuresGoThroughEveryCommand() throws IOException {
    Path data = clouds("clouds.npz", 180, 6);
    Files.writeString(dir.resolve("clouds.classes.txt"), "two\nfive\nnine\n");
    succeeds(train(data, "run"));
    JsonNode config = JSON.readTree(dir.resolve("run/config.json").toFile());
    assertEquals("[6]", config.at("/data/array").toString());
    assertTrue(config.at("/data/image").isMissingNode());
    assertEquals("[2,5,9]", config.at("/data/original_classes").toString());
    assertEquals("none", config.at("/options/backbone/name").asText());
    assertTrue(Files.readString(dir.resolve("run/report.html")).contains("float32 [6]"));
    JsonNode evaluated = json("evaluate", at("run"), "--json");
    assertTrue(evaluated.at("/accuracy/value").asDouble() > 0.95, out);
    json("evaluate", at("run"), "--data", data.toString(), "--classes", "5,9", "--json");
    succeeds("outliers", at("run"), "--angle", "20");
    assertTrue(out.contains("sample"), out);
    assertEquals(3, json("check", "--data", data.toString(), "--json").get("classes").asInt());
    succeeds(train(data, "run", "--resume", "--epochs", "5"));
    succeeds(train(data, "few", "--classes", "2,9", "--limit", "40", "--validation", "0.2"));
    config = JSON.readTree(dir.resolve("few/config.json").toFile());
    assertEquals("[\"two\",\"nine\"]", config.at("/data/class_names").toString());
    assertEquals(40, config.at("/data/training").asInt());
    succeeds(
        "sweep",
        "--data",
        data.toString(),
        "--out",
        at("sweep"),
        "--margins",
        "0,0.3",
        "--epochs",
        "1",
        "--batch-size",
        "16");
    refused("expected one of images, found one of arrays", "predict", at("run"), at("a.png"));
    refused(
        "name a file that ends with .npy",
        "embed",
        at("run"),
        "--input",
        at("x.npy"),
        "--output",
        at("e.npz"));
    refused("leave --embedding out", train(data, "e", "--embedding", "8"));
    refused(
        "images [H, W, channels], found float32 [6]", train(data, "e", "--backbone", "small-cnn"));
    refused("as the run was trained on", "evaluate", at("run"), "--data", "fashion-mnist");
  }

  /** What is served takes arrays, and says what the run says. */
  @Test
  void theExportTakesArrays() throws IOException {
    Path data = clouds("clouds.npz", 90, 6);
    succeeds(train(data, "run"));
    succeeds("export", at("run"), "--to", at("model"));
    JsonNode card = JSON.readTree(dir.resolve("model/assets.extra/model-card.json").toFile());
    assertEquals("[6]", card.get("array").toString());
    assertTrue(!card.has("image") && !card.has("preprocessing"), card.toString());
    String signatures = json("inspect", at("model"), "--json").toString();
    assertTrue(signatures.contains("features") && !signatures.contains("encoded"), signatures);
    Path inputs = dir.resolve("in.npy");
    float[] rows = {1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 2, 0};
    NpyFile.write(inputs, rows, 2, 6);
    float[][] found = new float[2][];
    for (String model : new String[] {"run", "model"}) {
      succeeds("embed", at(model), "--input", inputs.toString(), "--output", at("e.npy"));
      found = NpyFile.readFloats(dir.resolve("e.npy")).rows();
      float half = (float) Math.sqrt(0.5);
      assertArrayEquals(new float[] {half, 0, 0, half, 0, 0}, found[0], 1e-6f);
    }
    succeeds("embed", at("model"), "--data", data.toString(), "--output", at("t.npy"));
    assertEquals(6, NpyFile.readFloats(dir.resolve("t.npy")).shape()[1]);
    try (Embedder embedder = Embedder.open(dir.resolve("model"), EmbedderConfig.usual())) {
      embedder.warmUp();
      assertArrayEquals(found[1], embedder.embed(new float[] {0, 2, 0, 0, 2, 0}), 1e-6f);
      for (float[] wrong : new float[][] {{1, 2}, {0, 0, 0, 0, 0, Float.NaN}}) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> embedder.embed(wrong)).getMessage();
        assertTrue(message.contains("6 finite numbers (float32 [6])"), message);
      }
    }
  }

  @Test
  void sequencesGoIntoABackboneOfAUsers() throws IOException {
    Path data = clouds("sequences.npz", 120, 9, 3);
    refused("found none named", train(data, "e"));
    refused(
        "images [H, W, channels], found float32 [9, 3]",
        train(data, "e", "--backbone", "tiny-net"));
    refused("features [D], found float32 [9, 3]", train(data, "e", "--backbone", "none"));
    refused(
        "arrays [T, F], found 28x28x1", "train", "--backbone", "sequence-net", "--out", at("e"));
    succeeds(train(data, "run", "--backbone", "sequence-net", "--embedding", "8"));
    assertTrue(json("evaluate", at("run"), "--json").at("/accuracy/value").asDouble() > 0.95, out);
    succeeds("export", at("run"), "--to", at("model"));
    try (Embedder embedder = Embedder.open(dir.resolve("model"), EmbedderConfig.usual())) {
      assertEquals(8, embedder.embed(new float[27]).length);
    }
  }

  @Test
  void bytesOfThreeDimensionsAreImages() throws IOException {
    byte[] pixels = new byte[90 * 8 * 8];
    int[] labels = new int[90];
    for (int i = 0; i < 90; i++) {
      labels[i] = i % 3;
      for (int k = 0; k < 8; k++) {
        pixels[i * 64 + 16 * labels[i] + k] = (byte) (200 + i % 7);
      }
    }
    Path data =
        new Npz()
            .with("x_train", "|u1", pixels, 90, 8, 8)
            .labels("y_train", labels)
            .with("x_test", "|u1", pixels, 90, 8, 8)
            .labels("y_test", labels)
            .writeFolder(dir.resolve("folder"));
    succeeds(train(data, "run", "--embedding", "8", "--lr", "0.003"));
    JsonNode config = JSON.readTree(dir.resolve("run/config.json").toFile());
    assertEquals("8x8x1", config.at("/data/image").asText());
    assertEquals("small-cnn", config.at("/options/backbone/name").asText());
    assertTrue(json("evaluate", at("run"), "--json").at("/accuracy/value").asDouble() > 0.9, out);
  }

  /** As the folder {@code val} of images does, the file's own replace {@code --validation}. */
  @Test
  void validationArraysOfTheFileAreUsed() throws IOException {
    float[] values = new float[12 * 3];
    int[] labels = new int[12];
    for (int i = 0; i < 12; i++) {
      labels[i] = i % 3;
      values[3 * i + labels[i]] = 1;
    }
    Path data =
        new Npz()
            .floats("x_train", values, 12, 3)
            .labels("y_train", labels)
            .floats("x_val", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0}, 5, 3)
            .labels("y_val", 0, 1, 2, 0, 1)
            .floats("x_test", new float[] {1, 0, 0, 0, 1, 0}, 2, 3)
            .labels("y_test", 0, 1)
            .write(dir.resolve("parts.NPZ"), true);
    succeeds(train(data, "run", "--validation", "0.5", "--batch-size", "4"));
    JsonNode config = JSON.readTree(dir.resolve("run/config.json").toFile()).get("data");
    assertEquals(12, config.get("training").asInt());
    assertEquals(5, config.get("validation").asInt());
    assertEquals(2, config.get("test").asInt());
    succeeds(train(data, "two", "--classes", "0,1", "--batch-size", "4"));
    config = JSON.readTree(dir.resolve("two/config.json").toFile()).get("data");
    assertEquals(4, config.get("validation").asInt());
    Path tested =
        new Npz()
            .floats("x_test", new float[] {1, 0, 0, 0, 1, 0}, 2, 3)
            .labels("y_test", 0, 1)
            .write(dir.resolve("tested.npz"), true);
    succeeds("evaluate", at("run"), "--data", tested.toString());
    refused("give it to evaluate as --data", train(tested, "e"));
  }

  /** A head on what a network makes of Fashion-MNIST's test images: as good as its own head. */
  @Test
  void aHeadOnEmbeddingsOfFashionMnist() throws IOException {
    succeeds(
        "train",
        "--limit",
        "3200",
        "--epochs",
        "1",
        "--embedding",
        "32",
        "--out",
        at("cnn"),
        "--device",
        "cpu");
    double own = json("evaluate", at("cnn"), "--json").at("/accuracy/value").asDouble();
    succeeds("embed", at("cnn"), "--data", "fashion-mnist", "--output", at("embeddings.npz"));
    succeeds(
        "train",
        "--data",
        at("embeddings.npz"),
        "--head",
        "arcface",
        "--lr",
        "0.02",
        "--epochs",
        "10",
        "--out",
        at("head"),
        "--device",
        "cpu");
    double head = json("evaluate", at("head"), "--json").at("/accuracy/value").asDouble();
    assertTrue(Files.readString(dir.resolve("head/config.json")).contains("Ankle boot"));
    assertTrue(head > 0.8 && head > own - 0.02, "accuracy " + head + ", of the network " + own);
  }
}

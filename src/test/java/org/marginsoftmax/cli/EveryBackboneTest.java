package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.npy.Npz;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.source.Idx;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * Every backbone of the catalogue, with options that differ from its defaults, goes all the way of
 * a run, and its export, with batch norm folded, answers as the run does.
 */
class EveryBackboneTest extends CommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SIZE = 17;
  private static final int FRAMES = 20;
  private static final int NUMBERS = 6;

  @TempDir static Path shared;
  @TempDir Path dir;

  @BeforeAll
  static void data() throws IOException {
    System.setProperty("margin-softmax.home", System.getProperty("user.dir"));
    Idx.folder(shared.resolve("images"), 3, 12, 3, SIZE);
    Random random = new Random(4);
    int samples = 48;
    float[] values = new float[samples * FRAMES * NUMBERS];
    int[] labels = new int[samples];
    for (int i = 0; i < values.length; i++) {
      int label = i / (FRAMES * NUMBERS) % 3;
      labels[i / (FRAMES * NUMBERS)] = label;
      values[i] = (float) ((i % 3 == label ? 1 : 0) + random.nextGaussian());
    }
    new Npz()
        .floats("features", values, samples, FRAMES, NUMBERS)
        .labels("labels", labels)
        .write(shared.resolve("voices.npz"), true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "small-cnn",
        "iresnet-18 --dropout-rate 0.3",
        "mobilefacenet --width 2",
        "resnet-18 --stem small",
        "xvector --channels 24 --pooled-channels 40",
        "ecapa-tdnn --channels 16 --pooled-channels 32"
      })
  void goesAllTheWay(String backbone) throws IOException {
    allTheWay(backbone);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"iresnet-50", "resnet-50"})
  void theLargeOnesToo(String backbone) throws IOException {
    allTheWay(backbone);
  }

  private void allTheWay(String backbone) throws IOException {
    String[] words = backbone.split(" ");
    boolean arrays = Set.of("xvector", "ecapa-tdnn").contains(words[0]);
    String data = shared.resolve(arrays ? "voices.npz" : "images").toString();
    String run = dir.resolve("run").toString();
    List<String> train =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                data,
                "--embedding",
                "8",
                "--batch-size",
                "12",
                "--epochs",
                "1",
                "--steps",
                "2",
                "--validation",
                "0.2",
                "--device",
                "cpu",
                "--out",
                run,
                "--backbone"));
    train.addAll(List.of(words));
    answers(train.toArray(String[]::new));
    JsonNode written =
        JSON.readTree(dir.resolve("run/config.json").toFile()).at("/options/backbone");
    assertEquals(words[0], written.get("name").asText());
    for (int i = 1; i < words.length; i += 2) {
      String option = words[i].substring(2).replace('-', '_');
      assertEquals(words[i + 1], written.get(option).asText());
    }
    answers("train", "--resume", "--steps", "3", "--out", run);
    answers("evaluate", run, "--json");
    double own = JSON.readTree(out).at("/accuracy/value").asDouble();
    JsonNode metrics = JSON.readTree(dir.resolve("run/metrics.json").toFile());
    assertEquals(metrics.at("/accuracy/value").asDouble(), own, 1e-6);
    answers("export", run, "--to", dir.resolve("served").toString());
    answersAsItsRun(arrays);
    answers(
        "embed",
        dir.resolve("served").toString(),
        "--data",
        data,
        "--output",
        dir.resolve("embeddings.npy").toString());
  }

  /** The export against the run's own model, which keeps variables, batch norm and all. */
  private void answersAsItsRun(boolean arrays) {
    try (SavedModelBundle own =
            SavedModelBundle.load(dir.resolve("run/model").toString(), "serve");
        SavedModelBundle served = SavedModelBundle.load(dir.resolve("served").toString(), "serve");
        Tensor input = arrays ? frames() : images()) {
      Map<String, Tensor> feed = Map.of(arrays ? "features" : "images", input);
      try (Result expected = own.call(feed);
          Result found = served.function("serving_default").call(feed)) {
        float[][] rows = embeddings(expected);
        float[][] others = embeddings(found);
        for (int i = 0; i < rows.length; i++) {
          assertArrayEquals(rows[i], others[i], 1e-5f);
        }
      }
    }
  }

  private static float[][] embeddings(Result result) {
    return StdArrays.array2dCopyOf((TFloat32) result.get("embedding").orElseThrow());
  }

  private static Tensor images() {
    byte[] pixels = new byte[5 * SIZE * SIZE];
    new Random(6).nextBytes(pixels);
    return TUint8.tensorOf(Shape.of(5, SIZE, SIZE, 1), DataBuffers.of(pixels, true, false));
  }

  private static Tensor frames() {
    float[] values = new float[5 * FRAMES * NUMBERS];
    Random random = new Random(6);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TFloat32.tensorOf(Shape.of(5, FRAMES, NUMBERS), DataBuffers.of(values, true, false));
  }

  /** Behind each convolution it is folded; before one, or behind ReLU, it cannot be. */
  @Test
  void exportHasNoBatchNormBehindAConvolution() throws IOException {
    String run = dir.resolve("run").toString();
    answers(
        "train",
        "--data",
        shared.resolve("images").toString(),
        "--backbone",
        "mobilefacenet",
        "--embedding",
        "8",
        "--batch-size",
        "12",
        "--steps",
        "2",
        "--device",
        "cpu",
        "--out",
        run);
    answers("export", run, "--to", dir.resolve("served").toString());
    Map<String, Long> operations =
        SavedModelFolder.read(dir.resolve("served"))
            .metaGraph()
            .getGraphDef()
            .getNodeList()
            .stream()
            .collect(Collectors.groupingBy(NodeDef::getOp, Collectors.counting()));
    assertTrue(operations.get("DepthwiseConv2dNative") > 10, operations::toString);
    assertTrue(
        Stream.of("FusedBatchNorm", "FusedBatchNormV3").noneMatch(operations::containsKey),
        operations::toString);
  }

  @Test
  void listsThemWithCounts() throws IOException {
    answers("backbones", "--json");
    JsonNode rows = JSON.readTree(out);
    assertEquals(
        Backbones.names(),
        Stream.of(rows).flatMap(r -> r.findValuesAsText("name").stream()).toList());
    answers("backbones");
    for (BackboneType type : Backbones.ours()) {
      assertTrue(out.contains(type.name()), out);
    }
    answers(
        "backbones",
        "--backbone",
        "iresnet-50",
        "--image-size",
        "112x96",
        "--image-channels",
        "1",
        "--embedding",
        "128",
        "--json");
    JsonNode row = JSON.readTree(out).get(0);
    assertEquals("[112,96,1]", row.get("sample").toString());
    assertEquals(128, row.at("/options/embedding").asInt());
    answers("backbones", "--image-size", "8");
    assertTrue(out.contains("iresnet-50: expected images of at least 16 x 16, found 8 x 8"), out);
    refused("only mobilefacenet have one", "backbones", "--backbone", "xvector", "--width", "2");
    refused("as in 112x96", "backbones", "--image-size", "wide");
    refused("did you mean xvector?", "backbones", "--backbone", "xvectors");
  }

  @Test
  void whatIsWrongIsRefusedBeforeWorkStarts() {
    String images = shared.resolve("images").toString();
    String voices = shared.resolve("voices.npz").toString();
    refused(
        "expected samples of arrays [T, F], found",
        "train",
        "--data",
        images,
        "--backbone",
        "xvector");
    refused("expected samples of images", "train", "--data", voices, "--backbone", "iresnet-18");
    refused(
        "a multiple of 8",
        "train",
        "--data",
        voices,
        "--backbone",
        "ecapa-tdnn",
        "--channels",
        "20");
    refused(
        "--backbone small-cnn",
        "train",
        "--data",
        images,
        "--backbone",
        "small-cnn",
        "--stem",
        "small");
    refused("name xvector, ecapa-tdnn or one of yours", "train", "--data", voices);
    refused("expected one of imagenet, small", "check", "--backbone", "resnet-18", "--stem", "big");
  }

  private static void answers(String... args) {
    assertEquals(0, run(args), () -> err + String.join(" ", args));
  }

  private static void refused(String part, String... args) {
    assertEquals(2, run(args), () -> String.join(" ", args) + ": " + out + err);
    assertEquals(1, err.strip().lines().count(), err);
    assertTrue(err.contains(part), err);
  }
}

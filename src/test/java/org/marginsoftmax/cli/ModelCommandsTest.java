package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.Idx;

/** {@code inspect} and {@code embed} as users type them. */
class ModelCommandsTest extends CommandTest {
  private static final Path MODELS = Path.of("saved-models");
  private static final String BACKBONE = MODELS.resolve("softmax-0-4/model").toString();
  private static final Path IMAGES =
      MODELS.resolve("softmax-0-4/io/serving_default/inputs/images.npy");

  @TempDir Path dir;

  private void assertRefused(String said, String... args) {
    assertEquals(2, run(args), () -> err + out);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(said), err);
  }

  private int embed(String model, String... options) {
    List<String> args = new ArrayList<>(List.of("embed", model, "--output", output().toString()));
    args.addAll(List.of(options));
    return run(args.toArray(String[]::new));
  }

  private Path output() {
    return dir.resolve("e.npy");
  }

  @Test
  void inspectsInATableAndInJson() throws IOException {
    assertEquals(0, run("inspect", BACKBONE), () -> err);
    for (String line :
        new String[] {
          "Keras 3 (model.export), TensorFlow 2.21.0",
          "[?, 28, 28, 1]",
          "parameters   117,264, 116,944 of them trained",
          "safe to run  yes, it only computes",
          "fine-tuning  possible"
        }) {
      assertTrue(out.contains(line), out);
    }
    assertEquals(0, run("inspect", BACKBONE, "--json"), () -> err);
    JsonNode json = new ObjectMapper().readTree(out);
    assertEquals(117_264, json.get("parameters").asInt());
    assertEquals(116_944, json.get("trained_parameters").asInt());
    assertEquals("2.21.0", json.at("/maker/tensorflow_version").asText());
    assertEquals("[null,28,28,1]", json.at("/signatures/0/inputs/0/shape").toString());
    assertTrue(json.get("findings").isEmpty());
    assertTrue(json.get("obstacles").isEmpty());
  }

  /** Of options that inspect lacks, the command is said that has them. */
  @Test
  void optionsOfTrainAreSaidToBeTrains() throws IOException {
    Set<String> own =
        Main.commandLine().getSubcommands().get("inspect").getCommandSpec().optionsMap().keySet();
    int named = 0;
    try (Stream<Path> models = Files.list(MODELS)) {
      for (Path model : models.map(m -> m.resolve("model")).filter(Files::exists).toList()) {
        for (String[] form : new String[][] {{}, {"--json"}}) {
          List<String> args = new ArrayList<>(List.of("inspect", model.toString()));
          args.addAll(List.of(form));
          assertEquals(0, run(args.toArray(String[]::new)), () -> err);
          Matcher option = Pattern.compile("(\\S*) (--[a-z][a-z-]+)").matcher(out);
          while (option.find()) {
            boolean trains = option.group(1).equals("train");
            assertTrue(trains || own.contains(option.group(2)), option.group() + " in " + out);
            named += trains ? 1 : 0;
          }
          assertFalse(out.contains("`") || out.contains("train train"), out);
        }
      }
    }
    assertTrue(named > 4, named + " options");
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    assertRefused("found none; check the path", "inspect", dir.resolve("nowhere").toString());
    Path keras = Files.write(dir.resolve("m.keras"), new byte[] {'P', 'K', 3, 4});
    assertRefused("a damaged .keras file", "inspect", keras.toString());
    assertRefused(
        "saved_model.pb",
        "embed",
        dir.toString(),
        "--input",
        IMAGES.toString(),
        "--output",
        "e.npy");
  }

  @Test
  void embedsAsPythonDoes() throws IOException {
    assertEquals(
        0, embed(BACKBONE, "--input", IMAGES.toString(), "--batch-size", "3", "--json"), () -> err);
    JsonNode json = new ObjectMapper().readTree(out);
    assertEquals("serving_default", json.get("signature").asText());
    assertEquals(3, json.get("batch_size").asInt());
    assertTrue(json.get("input_scale").isNull());
    NpyFile.Floats found = NpyFile.readFloats(output());
    NpyFile.Floats expected =
        NpyFile.readFloats(MODELS.resolve("softmax-0-4/io/serving_default/outputs/output_0.npy"));
    assertArrayEquals(expected.shape(), found.shape());
    assertArrayEquals(expected.values(), found.values(), 1e-4f);
  }

  /** Grey values 0..255 times 1/255, the channel axis left to the model. */
  @Test
  void embedsTestImagesAsThePixelsThemselves() throws IOException {
    String data = "fashion-mnist";
    assertEquals(0, embed(BACKBONE, "--data", data), () -> err);
    assertTrue(out.contains("pixels times 0.00392157"), out);
    NpyFile.Floats usual = NpyFile.readFloats(output());
    assertEquals(10_000, usual.shape()[0]);
    assertEquals(
        0, embed(BACKBONE, "--data", data, "--trust", "--input-scale", "1/255"), () -> err);
    assertArrayEquals(usual.values(), NpyFile.readFloats(output()).values());
    assertEquals(0, embed(BACKBONE, "--data", data, "--trust", "--input-scale", "1"), () -> err);
    assertFalse(java.util.Arrays.equals(usual.values(), NpyFile.readFloats(output()).values()));
  }

  @Test
  void embedsWithTheModelOfARun() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 4, 40, 10);
    Path run = dir.resolve("run");
    assertEquals(
        0,
        run(
            "train",
            "--data",
            data.toString(),
            "--epochs",
            "1",
            "--embedding",
            "8",
            "--out",
            run.toString()),
        () -> err);
    assertEquals(0, run("inspect", run.toString()), () -> err);
    assertEquals(0, embed(run.toString(), "--data", data.toString(), "--json"), () -> err);
    assertEquals("[40,8]", new ObjectMapper().readTree(out).get("shape").toString());
    double norm = 0;
    for (int i = 0; i < 8; i++) {
      norm += Math.pow(NpyFile.readFloats(output()).values()[i], 2);
    }
    assertEquals(1, norm, 1e-5);
  }

  @Test
  void refusesInputsThatDoNotFit() throws IOException {
    Path numbers = dir.resolve("x.npy");
    String model = BACKBONE;
    NpyFile.write(numbers, new float[] {1, 2, 3, 4}, 1, 4);
    assertEquals(2, embed(model, "--input", numbers.toString()));
    assertTrue(err.contains("[?, 28, 28, 1]") && err.contains("[1, 4]"), err);
    NpyFile.write(numbers, new float[] {1, 2, Float.NaN, 4}, 2, 2);
    assertEquals(2, embed(model, "--input", numbers.toString()));
    assertTrue(err.contains("NaN in row 1"), err);
    NpyFile.write(numbers, new float[0], 0, 28, 28);
    assertEquals(2, embed(model, "--input", numbers.toString()));
    assertTrue(err.contains("at least one"), err);
    for (String[] wrong :
        new String[][] {
          {},
          {"--input", "a", "--data", "b"},
          {"--input", "a", "--input", "b"},
          {"--input", IMAGES.toString(), "--input-scale", "1/255"},
          {"--input", "nothing=" + IMAGES},
          {"--input", IMAGES.toString(), "--batch-size", "0"},
          {"--input", IMAGES.toString(), "--signature", "none"},
          {"--input", IMAGES.toString(), "--output-name", "none"},
          {"--data", "fashion-mnist", "--input-scale", "x"},
          {"--data", "fashion-mnist", "--image-fit", "zoom"}
        }) {
      assertEquals(2, embed(model, wrong), () -> String.join(" ", wrong) + err);
      assertEquals(1, err.lines().count(), err);
    }
    String two = MODELS.resolve("article-keras2-tf2.18/model").toString();
    assertEquals(2, embed(two, "--input", "images=" + IMAGES));
    assertTrue(err.contains("labels, float32 [?, 10]"), err);
    assertFalse(Files.exists(output()));
    assertRefused(
        "choose another with --output",
        "embed",
        model,
        "--input",
        IMAGES.toString(),
        "--output",
        dir.resolve("nowhere/e.npy").toString());
  }

  @Test
  void takesSeveralInputsByName() {
    Path inputs = MODELS.resolve("article-keras2-tf2.18/io/serving_default/inputs");
    assertEquals(
        0,
        embed(
            MODELS.resolve("article-keras2-tf2.18/model").toString(),
            "--trust",
            "--input",
            "images=" + inputs.resolve("images.npy"),
            "--input",
            "labels=" + inputs.resolve("labels.npy")),
        () -> err);
    assertEquals(10, NpyFile.readFloats(output()).shape()[1]);
  }

  /** What stands for a service's switch is said once, by the same option as for {@code embed}. */
  @Test
  void evaluatesAModelWithAnInputBesideTheImages() throws IOException {
    String model = MODELS.resolve("others/tf1-scalar-kind-training/model").toString();
    String data = Idx.folder(dir.resolve("data"), 3, 8, 8, 8).toString();
    assertEquals(
        0,
        run("evaluate", model, "--data", data, "--input-value", "training=false", "--json"),
        () -> err);
    assertTrue(new ObjectMapper().readTree(out).toString().contains("recall_at_1"), out);
    assertRefused("--input-value NAME=VALUE", "evaluate", model, "--data", data);
    assertRefused(
        "leave --input-value out",
        "evaluate",
        dir.resolve("run").toString(),
        "--input-value",
        "training=false");
  }
}

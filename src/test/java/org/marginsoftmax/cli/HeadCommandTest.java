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
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.layer.Fixtures;
import org.marginsoftmax.npy.NpyFile;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** {@code head}, against the float64 references. */
class HeadCommandTest extends CommandTest {
  @TempDir Path dir;
  private JsonNode batch;

  private int run(String options) {
    List<String> args = new ArrayList<>(List.of("head"));
    for (String[] usual :
        new String[][] {
          {"--features", file("x")},
          {"--centers", file("w")},
          {"--labels", file("y")},
          {"--out", file("out")}
        }) {
      if (!options.contains(usual[0] + " ")) {
        args.addAll(List.of(usual));
      }
    }
    args.addAll(List.of(options.strip().replace("DIR", dir.toString()).split(" +")));
    return run(args.toArray(String[]::new));
  }

  private String file(String name) {
    return dir.resolve(name.equals("out") ? name : name + ".npy").toString();
  }

  @BeforeEach
  void writeArrays() {
    batch = Fixtures.read("head_cases.json").get(0);
    for (String[] array : new String[][] {{"x", "features"}, {"w", "centers"}}) {
      float[][] rows = Fixtures.floats(Fixtures.matrix(batch.get(array[1])));
      float[] flat = new float[rows.length * rows[0].length];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
      }
      NpyFile.write(dir.resolve(array[0] + ".npy"), flat, rows.length, rows[0].length);
    }
    int[] labels = Fixtures.ints(batch.get("labels"));
    oneHot("y.npy", labels, batch.get("centers").size());
    oneHot("wide.npy", labels, batch.get("centers").size() + 1);
    NpyFile.write(dir.resolve("d.npy"), new float[labels.length], labels.length);
  }

  private void oneHot(String file, int[] labels, int classes) {
    float[] rows = new float[labels.length * classes];
    for (int i = 0; i < labels.length; i++) {
      rows[i * classes + labels[i]] = 1;
    }
    NpyFile.write(dir.resolve(file), rows, labels.length, classes);
  }

  private JsonNode reference(String head, double margin, double scale) {
    for (JsonNode node : batch.get("heads")) {
      if (node.get("head").asText().equals(head)
          && node.path("margin").asDouble() == margin
          && node.get("scale").asDouble() == scale
          && !node.has("gradient")
          && !node.path("guard").asText("none").matches("reflect|classic|easy")) {
        return node;
      }
    }
    throw new IllegalArgumentException(head);
  }

  private void assertWritten(JsonNode expected, Path folder) {
    assertEquals(
        expected.get("loss").asDouble(),
        NpyFile.readFloats(folder.resolve("loss.npy")).values()[0],
        1e-4);
    assertEquals(0, NpyFile.readFloats(folder.resolve("loss.npy")).shape().length);
    for (String name : List.of("logits", "grad_features", "grad_centers")) {
      double[][] rows = Fixtures.matrix(expected.get(name));
      NpyFile.Floats found = NpyFile.readFloats(folder.resolve(name + ".npy"));
      assertArrayEquals(new int[] {rows.length, rows[0].length}, found.shape());
      float[][] values = found.rows();
      for (int i = 0; i < rows.length; i++) {
        for (int k = 0; k < rows[i].length; k++) {
          assertEquals(rows[i][k], values[i][k], 1e-4, name);
        }
      }
    }
  }

  @Test
  void writesWhatTheReferenceHas() {
    assertEquals(0, run("--head arcface --margin 0.5 --scale 64 --guard none --json"), () -> err);
    assertWritten(reference("arcface", 0.5, 64), dir.resolve("out"));
    assertTrue(out.contains("\"loss\""), out);
    assertEquals(0, run("--head cosface --margin 0.35 --scale 64"), () -> err);
    assertWritten(reference("cosface", 0.35, 64), dir.resolve("out"));
  }

  @Test
  void appliesSeveralHeadsAndSavesModels() throws IOException {
    Path heads = dir.resolve("heads.json");
    Files.writeString(
        heads,
        "[{\"name\": \"cosface\", \"scale\": \"64\"},"
            + "{\"name\": \"arcface\", \"scale\": \"64\", \"guard\": \"none\", \"folder\": \"a\"},"
            + "{\"name\": \"adaface\"}, {\"name\": \"elasticface\"}]");
    assertEquals(0, run("--heads DIR/heads.json --save-model DIR/models"), () -> err);
    assertWritten(reference("cosface", 0.35, 64), dir.resolve("out/cosface"));
    assertWritten(reference("arcface", 0.5, 64), dir.resolve("out/a"));
    JsonNode state = new ObjectMapper().readTree(dir.resolve("out/adaface/state.json").toFile());
    assertTrue(state.get("norm_mean").asDouble() < 20, state.toString());
    JsonNode expected = reference("arcface", 0.5, 64);
    try (SavedModelBundle model = SavedModelBundle.load(dir.resolve("models/a").toString());
        TFloat32 x =
            TFloat32.tensorOf(
                StdArrays.ndCopyOf(Fixtures.floats(Fixtures.matrix(batch.get("features")))));
        TInt32 y = TInt32.vectorOf(Fixtures.ints(batch.get("labels")));
        var result = model.call(Map.of("features", x, "labels", y))) {
      Tensor loss = result.get("loss").orElseThrow();
      assertEquals(expected.get("loss").asDouble(), ((TFloat32) loss).getFloat(), 1e-4);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--features DIR/none.npy | an NPY file",
        "--head arkface | one of softmax",
        "--margin 4 | radians",
        "--subcenters 2 | a multiple of 2 centers",
        "--head combined --margin 1 | --margins",
        "--head ldam | samples of every class",
        "--features DIR/y.npy | size 7",
        "--heads DIR/none.json | expected a list",
        "--margin-strength 2 | 0..1",
        "--head p2sgrad --scale 3 | has none",
        "--head ldam --counts DIR/w.npy | samples of each class, integers [C]",
        "--draws DIR/d.npy | draws: expected none",
        "--labels DIR/wide.npy | one-hot labels of 7 columns, one a class, found 8",
      })
  void refusesInOneLine(String options, String part) {
    assertEquals(2, run(options), () -> err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(part), err + " lacks " + part);
    assertFalse(Files.exists(dir.resolve("out")));
  }

  @Test
  void refusesNumbersThatAreNoneAndLabelsFromOne() throws IOException {
    NpyFile.write(dir.resolve("x.npy"), new float[] {1, Float.NaN, 1, 1, 1, 1, 1, 1, 1, 1}, 2, 5);
    assertEquals(2, run("--head arcface"), () -> err);
    assertTrue(err.contains("NaN in row 0"), err);
    writeArrays();
    // Integers 1..7 for seven classes.
    byte[] head =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }\n"
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    bytes.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) head.length, 0});
    bytes.write(head);
    bytes.write(new byte[] {1, 2, 3, 4, 5, 8});
    Files.write(dir.resolve("y.npy"), bytes.toByteArray());
    assertEquals(2, run("--head arcface"), () -> err);
    assertTrue(err.contains("found label 8"), err);
    bytes.reset();
    bytes.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) head.length, 0});
    bytes.write(head);
    bytes.write(new byte[] {1, 2, 3, 4, 5, 7});
    Files.write(dir.resolve("y.npy"), bytes.toByteArray());
    assertEquals(2, run("--head arcface"), () -> err);
    assertTrue(err.contains("from 1 to 7"), err);
  }
}

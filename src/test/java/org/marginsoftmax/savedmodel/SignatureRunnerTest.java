package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.savedmodel.Models.assertRefused;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.placeholder;
import static org.marginsoftmax.savedmodel.Models.tensor;
import static org.marginsoftmax.savedmodel.Models.type;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.ResidentMemory;
import org.marginsoftmax.npy.NpyFile;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;

/** What a model answers, by any signature and output, and what it is asked. */
class SignatureRunnerTest {
  @TempDir Path dir;

  private static SignatureRunner open(Path model, String signature, String output) {
    return SignatureRunner.openTrusted(SavedModelFolder.read(model), signature, output);
  }

  /** Every output that Python wrote down, of every signature that answers the same each time. */
  @ParameterizedTest
  @MethodSource("org.marginsoftmax.savedmodel.Models#all")
  void answersAsPythonDoes(String name) throws IOException {
    SavedModelFolder folder = SavedModelFolder.read(Models.keras(name));
    int compared = 0;
    for (SignatureSpec signature : SignatureSpec.all(folder)) {
      Path io = Path.of("saved-models", name, "io", signature.name());
      if (!Files.isDirectory(io.resolve("outputs")) || draws(io)) {
        continue;
      }
      Map<String, Numbers> inputs = arrays(io.resolve("inputs"));
      for (Map.Entry<String, Numbers> output : arrays(io.resolve("outputs")).entrySet()) {
        try (SignatureRunner runner =
            SignatureRunner.openTrusted(folder, signature.name(), output.getKey())) {
          Numbers found = runner.run(inputs);
          assertArrayEquals(output.getValue().shape(), found.shape());
          double[] expected = output.getValue().values();
          double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
          for (int i = 0; i < expected.length; i++) {
            assertEquals(
                expected[i], found.values()[i], 1e-5 * largest, signature + " " + output.getKey());
          }
          compared++;
        }
      }
    }
    assertTrue(compared > 0);
  }

  /** What mixed precision answers; taken for features among several outputs, too. */
  @ParameterizedTest
  @EnumSource(names = {"DT_HALF", "DT_BFLOAT16", "DT_FLOAT", "DT_DOUBLE"})
  void readsEveryTypeOfFloats(DataType output) {
    MetaGraphDef.Builder model = Models.small();
    model
        .getGraphDefBuilder()
        .addNode(
            node("z", "Cast", "y")
                .putAttr("SrcT", type(DataType.DT_FLOAT))
                .putAttr("DstT", type(output)));
    SignatureDef signature = model.getSignatureDefOrThrow("serving_default");
    model.putSignatureDef(
        "serving_default",
        signature.toBuilder()
            .putOutputs("y", tensor("z:0", output, -1, 2))
            .putOutputs("map", tensor("x:0", DataType.DT_FLOAT, -1, 2, 1, 1))
            .build());
    try (SignatureRunner runner = open(Models.write(dir, model.build()), null, null)) {
      assertEquals("y", runner.output().name());
      Numbers found = runner.run(new Numbers(new int[] {2, 2}, new double[] {1, 0.25, -3, 70}));
      assertArrayEquals(new double[] {2, 0.5, -6, 140}, found.values());
    }
  }

  /** A signature in training mode that moved the state of a generator has drawn. */
  private static boolean draws(Path io) {
    return Files.exists(io.resolve("changed").resolve("seed_generator"));
  }

  private static Map<String, Numbers> arrays(Path folder) throws IOException {
    Map<String, Numbers> arrays = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        NpyFile.Numbers read = NpyFile.readNumbers(file);
        String name = file.getFileName().toString().replace(".npy", "");
        arrays.put(name, new Numbers(read.shape(), read.values()));
      }
    }
    return arrays;
  }

  /** y = x, of a type and a shape. */
  private Path identity(DataType type, long... sizes) {
    MetaGraphDef.Builder graph = MetaGraphDef.newBuilder();
    graph.getMetaInfoDefBuilder().addTags("serve");
    graph
        .getGraphDefBuilder()
        .addNode(placeholder("x", type, sizes))
        .addNode(node("y", "Identity", "x").putAttr("T", type(type)));
    graph.putSignatureDef(
        "serving_default",
        SignatureDef.newBuilder()
            .putInputs("x", tensor("x:0", type, sizes))
            .putOutputs("y", tensor("y:0", type, sizes))
            .build());
    return Models.write(dir.resolve("identity-" + System.nanoTime()), graph.build());
  }

  private static Numbers numbers(int[] shape, double... values) {
    return new Numbers(shape, values);
  }

  @Test
  void convertsNumbersWithoutLoss() {
    double[] values = {0, 1, 255};
    for (DataType type :
        new DataType[] {
          DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_INT32, DataType.DT_INT64
        }) {
      try (SignatureRunner runner = open(identity(type, -1), null, null)) {
        assertArrayEquals(values, runner.run(numbers(new int[] {3}, values)).values(), 0);
      }
    }
    try (SignatureRunner runner = open(identity(DataType.DT_FLOAT, -1), null, null)) {
      assertEquals((float) 0.1, runner.run(numbers(new int[] {1}, 0.1)).values()[0]);
      assertRefused(() -> runner.run(numbers(new int[] {1}, 1e300)), "float32 [?]", "1.0E300");
      assertTrue(Double.isNaN(runner.run(numbers(new int[] {1}, Double.NaN)).values()[0]));
    }
    try (SignatureRunner runner = open(identity(DataType.DT_INT32, -1), null, null)) {
      for (double value : new double[] {0.5, 1e10, Double.NaN}) {
        assertRefused(() -> runner.run(numbers(new int[] {1}, value)), "int32", "" + value);
      }
    }
  }

  /** Of types that have no reader here, what goes in is checked, and the output refused. */
  @Test
  void checksBytesAndBooleans() {
    try (SignatureRunner runner = open(identity(DataType.DT_UINT8, -1), null, null)) {
      for (double value : new double[] {-1, 256, 1.5, Double.NaN}) {
        assertRefused(
            () -> runner.run(numbers(new int[] {1}, value)), "numbers for input", "" + value);
      }
      assertRefused(() -> runner.run(numbers(new int[] {1}, 255)), "an output of float32");
    }
    try (SignatureRunner runner = open(identity(DataType.DT_BOOL, -1), null, null)) {
      assertRefused(() -> runner.run(numbers(new int[] {1}, 2)), "numbers for input");
    }
    try (SignatureRunner runner = open(identity(DataType.DT_STRING, -1), null, null)) {
      assertRefused(() -> runner.run(numbers(new int[] {1}, 2)), "an input of floats");
    }
  }

  @Test
  void addsTheAxisOfASingleChannel() {
    try (SignatureRunner runner = open(identity(DataType.DT_FLOAT, -1, 2, 2, 1), null, null)) {
      assertArrayEquals(
          new int[] {1, 2, 2, 1}, runner.run(numbers(new int[] {1, 2, 2}, 1, 2, 3, 4)).shape());
      assertRefused(
          () -> runner.run(numbers(new int[] {1, 4}, 1, 2, 3, 4)), "[?, 2, 2, 1]", "[1, 4]");
      assertRefused(
          () -> runner.run(numbers(new int[] {1, 1, 4}, 1, 2, 3, 4)), "[?, 2, 2, 1]", "[1, 1, 4]");
    }
    try (SignatureRunner runner = open(identity(DataType.DT_FLOAT, -1, 2, 2, 3), null, null)) {
      assertRefused(() -> runner.run(numbers(new int[] {1, 2, 2}, 1, 2, 3, 4)), "[?, 2, 2, 3]");
    }
  }

  @Test
  void fillsUpABatchOfFixedSize() {
    try (SignatureRunner runner = open(identity(DataType.DT_FLOAT, 4, 2), null, null)) {
      assertEquals(4, runner.fixedRows());
      Numbers found = runner.run(numbers(new int[] {3, 2}, 1, 2, 3, 4, 5, 6));
      assertArrayEquals(new int[] {3, 2}, found.shape());
      assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, found.values());
      assertRefused(() -> runner.run(numbers(new int[] {5, 1}, 1, 2, 3, 4, 5)), "at most 4 rows");
    }
  }

  private Path twoOutputs(DataType second, long... sizes) {
    return twoOutputs("z", second, sizes);
  }

  private Path twoOutputs(String name, DataType second, long... sizes) {
    MetaGraphDef.Builder graph = Models.small();
    graph.getGraphDefBuilder().addNode(placeholder("z", second, sizes));
    graph.putSignatureDef(
        "serving_default",
        graph.getSignatureDefOrThrow("serving_default").toBuilder()
            .putOutputs(name, tensor("z:0", second, sizes))
            .build());
    return Models.write(dir.resolve("two-" + System.nanoTime()), graph.build());
  }

  @Test
  void choosesTheOnlyFeaturesOrAsks() {
    try (SignatureRunner runner = open(twoOutputs(DataType.DT_INT64, -1, 2), null, null)) {
      assertEquals("y", runner.output().name());
    }
    try (SignatureRunner runner = open(twoOutputs(DataType.DT_FLOAT, -1), null, null)) {
      assertEquals("y", runner.output().name());
    }
    try (SignatureRunner runner =
        open(twoOutputs("embedding", DataType.DT_FLOAT, -1, 3), null, null)) {
      assertEquals("embedding", runner.output().name());
    }
    Path two = twoOutputs(DataType.DT_FLOAT, -1, 3);
    assertRefused(
        () -> open(two, null, null),
        "y, float32 [?, 2]; z, float32 [?, 3]",
        "choose one with `output-name`");
    try (SignatureRunner runner = open(two, null, "y")) {
      assertArrayEquals(new double[] {2, 4}, runner.run(numbers(new int[] {1, 2}, 1, 2)).values());
    }
    assertRefused(() -> open(two, null, "w"), "an output w");
    assertRefused(() -> open(two, "other", null), "a signature other", "serving_default");
  }

  @Test
  void asksForEveryInputByName() {
    Path model = Models.keras("article-keras2-tf2.18");
    try (SignatureRunner runner = open(model, null, null)) {
      Numbers images = numbers(new int[] {1, 28, 28, 1}, new double[784]);
      assertRefused(() -> runner.run(images), "images, float32", "labels, float32");
      assertRefused(() -> runner.run(Map.of("images", images)), "labels", "found images");
      assertRefused(
          () ->
              runner.run(
                  Map.of("images", images, "labels", numbers(new int[] {2, 10}, new double[20]))),
          "equally many rows");
    }
  }

  @Test
  void saysWhatTensorFlowSaysInOneLine() {
    MetaGraphDef.Builder graph = Models.small();
    // Fails when run: 2 columns times 3 rows.
    graph
        .getGraphDefBuilder()
        .addNode(Models.constant("three", 3, 1))
        .addNode(node("product", "MatMul", "x", "three").putAttr("T", type(DataType.DT_FLOAT)));
    graph
        .getGraphDefBuilder()
        .setNode(
            0,
            placeholder("x", DataType.DT_FLOAT)
                .clearAttr()
                .putAttr("dtype", type(DataType.DT_FLOAT)));
    graph.putSignatureDef(
        "serving_default",
        graph.getSignatureDefOrThrow("serving_default").toBuilder()
            .clearOutputs()
            .putOutputs("y", tensor("product:0", DataType.DT_FLOAT, -1, 1))
            .build());
    Path model = Models.write(dir.resolve("m"), graph.build());
    try (SignatureRunner runner = open(model, null, null)) {
      assertRefused(
          () -> runner.run(numbers(new int[] {1, 2}, 1, 2)), "a signature that runs", "atrix");
    }
  }

  @Test
  void auditsUnlessTrusted() {
    MetaGraphDef.Builder graph = Models.small();
    graph.getGraphDefBuilder().addNode(Models.text("name", dir.resolve("x").toString()));
    graph.getGraphDefBuilder().addNode(node("read", "ReadFile", "name"));
    Path model = Models.write(dir.resolve("m"), graph.build());
    SavedModelFolder folder = SavedModelFolder.read(model);
    assertRefused(() -> SignatureRunner.open(folder, null, null), "ReadFile (read in the main");
    try (SignatureRunner runner = SignatureRunner.openTrusted(folder, null, null)) {
      assertArrayEquals(new double[] {2, 4}, runner.run(numbers(new int[] {1, 2}, 1, 2)).values());
    }
  }

  @Test
  void opensWhatPassesTheTrial() {
    SavedModelFolder folder = SavedModelFolder.read(Models.write(dir, Models.small().build()));
    try (SignatureRunner runner = SignatureRunner.open(folder, null, null)) {
      assertArrayEquals(
          new float[] {2, 4}, runner.run(Numbers.of(new float[][] {{1, 2}})).toRows()[0]);
    }
  }

  @Test
  void numbersAreAsManyAsTheirShapeSays() {
    assertThrows(IllegalArgumentException.class, () -> numbers(new int[] {2}, 1));
    assertThrows(IllegalArgumentException.class, () -> Numbers.of(new float[][] {{1, 2}, {1}}));
  }

  @Test
  void leaksNoNativeMemory() throws IOException {
    SavedModelFolder folder = SavedModelFolder.read(Models.keras("softmax-0-4"));
    Numbers images = numbers(new int[] {64, 28, 28, 1}, new double[64 * 784]);
    // Unclosed inputs, results or models grow by 35 MB and more.
    assertKeeps(
        10_000,
        () -> {
          for (int i = 0; i < 10; i++) {
            try (SignatureRunner runner = SignatureRunner.openTrusted(folder, null, null)) {
              for (int j = 0; j < 5; j++) {
                runner.run(images);
              }
            }
          }
        });
  }

  /**
   * That the process does not grow with every turn. Java's own heap grows by leaps, in some turns
   * and not in others: what leaks grows in each of them.
   */
  private static void assertKeeps(long kilobytes, Runnable turn) throws IOException {
    turn.run();
    List<Long> grown = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long before = ResidentMemory.kilobytes();
      turn.run();
      grown.add(ResidentMemory.kilobytes() - before);
    }
    assertTrue(Collections.min(grown) < kilobytes, "grew by " + grown + " kB");
  }
}

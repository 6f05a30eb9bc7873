package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.savedmodel.Models;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.tensorflow.proto.DataType;

/** Keras models written into graphs of ours: what they answer, what of them is trained. */
class KerasBackboneTest {
  private static final Path MODELS = Path.of("saved-models");

  static KerasBackbone backbone(String name, FineTuning options) {
    return new KerasBackbone(SavedModelFolder.read(Models.keras(name)), options);
  }

  /** Options with one thing other than usual. */
  private static FineTuning of(
      String signature, String output, String layer, String freeze, String mode) {
    return new FineTuning(
        signature,
        output,
        layer,
        freeze,
        mode.contains("norm"),
        mode.contains("dropout"),
        null,
        null,
        LayerRates.SAME,
        Map.of());
  }

  static FineTuning mode(boolean batchNorm, boolean dropout) {
    return of(null, null, null, "none", (batchNorm ? "norm" : "") + (dropout ? "dropout" : ""));
  }

  private static FineTuning freeze(String pattern) {
    return of(null, null, null, pattern, "");
  }

  /** What Python asked a model, one input, and what came back. */
  record Asked(String model, String signature, String output) {
    Path io() {
      return MODELS.resolve(model).resolve("io").resolve(signature);
    }

    Tower.Array images() {
      return only(io().resolve("inputs"));
    }

    Tower.Array answer() {
      return Tower.Array.read(io().resolve("outputs").resolve(output + ".npy"));
    }

    FineTuning options() {
      return of(signature, output, null, "none", "");
    }
  }

  /** Every signature with one input and the same answer each time, and each of its outputs. */
  static List<Asked> asked() {
    List<Asked> all = new ArrayList<>();
    for (String model : Models.all()) {
      for (Path io : list(MODELS.resolve(model).resolve("io"))) {
        if (list(io.resolve("inputs")).size() == 1 && !Files.exists(io.resolve("changed"))) {
          list(io.resolve("outputs"))
              .forEach(o -> all.add(new Asked(model, io.getFileName().toString(), stem(o))));
        }
      }
    }
    return all;
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String stem(Path file) {
    return file.getFileName().toString().replace(".npy", "");
  }

  private static Tower.Array only(Path folder) {
    assertEquals(1, list(folder).size());
    return Tower.Array.read(list(folder).get(0));
  }

  static Tower.Array images(String model) {
    return only(MODELS.resolve(model).resolve("io/serving_default/inputs"));
  }

  private static Tower.Array answer(String model) {
    return only(MODELS.resolve(model).resolve("io/serving_default/outputs"));
  }

  private static void assertAgree(Tower.Array expected, float[] found) {
    assertAgree(expected, found, 1e-5);
  }

  private static void assertAgree(Tower.Array expected, float[] found, double tolerance) {
    assertEquals(expected.values().length, found.length);
    assertEquals(0, expected.distance(found), tolerance);
  }

  @Test
  void modelsWereFound() {
    List<String> models = asked().stream().map(Asked::model).distinct().toList();
    // All but the five of two inputs and the one whose only signature trains.
    assertEquals(Models.all().size() - 6, models.size(), models.toString());
  }

  @ParameterizedTest
  @MethodSource("asked")
  void answersAsPythonDoesAndHasGradients(Asked asked) {
    Tower.Array images = asked.images();
    try (Tower tower = Tower.scoring(backbone(asked.model(), asked.options()), images.shape())) {
      assertAgree(asked.answer(), tower.features(images));
      List<Variable> trained = tower.trained();
      assertFalse(trained.isEmpty());
      List<float[]> gradients = tower.loss(images).gradients(images);
      for (int i = 0; i < trained.size(); i++) {
        String name = trained.get(i).name();
        assertEquals(trained.get(i).size(), gradients.get(i).length, name);
        double largest = 0;
        for (float value : gradients.get(i)) {
          assertTrue(Float.isFinite(value), name);
          largest = Math.max(largest, Math.abs(value));
        }
        assertTrue(largest > 0, name + " has no say in the features");
        assertFalse(name.contains("moving_"), name);
      }
      for (Variable variable : tower.all()) {
        assertEquals(
            variable.name().contains("moving_"),
            variable.role() == Variable.Role.STATISTIC,
            variable.name());
      }
    }
  }

  /** An inner layer of the network with two inputs is the network with one: labels are no input. */
  @ParameterizedTest
  @ValueSource(strings = {"keras2-tf2.18", "keras2-tf2.21", "keras3-tf2.18", "keras3-tf2.21"})
  void findsALayerByItsName(String versions) {
    String served = "article-backbone-" + versions;
    Tower.Array images = images(served);
    KerasBackbone backbone =
        backbone("article-" + versions, of(null, null, "features", "none", ""));
    assertEquals("images", backbone.input().name());
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      assertAgree(answer(served), tower.features(images));
      // Nothing above the features is part of it.
      assertTrue(tower.all().stream().noneMatch(v -> v.name().contains("probabilities")));
    }
    refused(
        () -> backbone("article-" + versions, FineTuning.usual()),
        "depend on one input",
        "images",
        "labels");
    refused(
        () -> backbone("article-" + versions, of(null, null, "no_such", "none", "")),
        "layer",
        "no_such",
        "embedding",
        "conv1");
  }

  @Test
  void embeddingBelowFeaturesIsAnotherLayer() {
    Tower.Array images = images("softmax-0-4");
    try (Tower features =
            Tower.scoring(backbone("softmax-0-4", FineTuning.usual()), images.shape());
        Tower embedding =
            Tower.scoring(
                backbone("softmax-0-4", of(null, null, "embedding", "none", "")), images.shape())) {
      // Between them is batch norm only, whose statistics tell one from the other.
      float[] below = embedding.features(images);
      float[] mean = features.read(features.variable("features/moving_mean"));
      float[] variance = features.read(features.variable("features/moving_variance"));
      float[] gamma = features.read(features.variable("features/gamma"));
      float[] beta = features.read(features.variable("features/beta"));
      float[] expected = new float[below.length];
      for (int i = 0; i < below.length; i++) {
        int d = i % mean.length;
        expected[i] =
            (float) ((below[i] - mean[d]) / Math.sqrt(variance[d] + 1e-3) * gamma[d] + beta[d]);
      }
      assertAgree(new Tower.Array(null, expected), features.features(images));
      assertTrue(embedding.all().stream().noneMatch(v -> v.name().contains("features/")));
    }
  }

  @Test
  void freezesWhatItIsTold() {
    Tower.Array images = images("softmax-0-4");
    List<String> all = trained("softmax-0-4", "none", images);
    assertEquals(15, all.size(), all.toString());
    assertEquals(List.of(), trained("softmax-0-4", "all", images));
    List<String> some = trained("softmax-0-4", "conv[12]|norm1", images);
    assertEquals(all.stream().filter(n -> !n.matches(".*(conv[12]|norm1)/.*")).toList(), some);
    assertEquals(11, some.size(), some.toString());
    refused(() -> backbone("softmax-0-4", freeze("conv9")), "freeze", "conv9", "conv1/kernel");
    refused(() -> freeze("conv("), "freeze", "regular expression", "conv(");
  }

  private static List<String> trained(String model, String freeze, Tower.Array images) {
    try (Tower tower = Tower.scoring(backbone(model, freeze(freeze)), images.shape())) {
      assertAgree(answer(model), tower.features(images));
      return tower.trained().stream().map(Variable::name).toList();
    }
  }

  /** Models whose training answers Python wrote down, with and without each half of training. */
  @ParameterizedTest
  @CsvSource({
    "article-backbone-keras2-tf2.18, training",
    "article-backbone-keras2-tf2.21, training",
    "softmax-0-4-keras2, training",
    "article-backbone-keras3-tf2.21-train, io/train"
  })
  void trainsAsPythonDoes(String model, String trainingAnswers) {
    Path training = MODELS.resolve(model).resolve(trainingAnswers);
    Path own = training.resolve("inputs");
    Tower.Array images = Files.exists(own) ? only(own) : images(model);
    Map<String, Tower.Array> changed = changed(training.resolve("changed"));
    assertEquals(10, changed.size());
    for (boolean batchNorm : new boolean[] {false, true}) {
      for (boolean dropout : new boolean[] {false, true}) {
        try (Tower tower =
            Tower.training(backbone(model, mode(batchNorm, dropout)), images.shape())) {
          assertTrue(tower.trained().stream().noneMatch(v -> v.name().contains("moving_")));
          Map<String, float[]> before = new LinkedHashMap<>();
          changed.keySet().forEach(name -> before.put(name, tower.read(tower.variable(name))));
          Tower.Array expected = batchNorm ? only(training.resolve("outputs")) : answer(model);
          // Written down without oneDNN; with it Python itself is up to 1.5e-5 away, to the bit as
          // we.
          assertAgree(expected, tower.step(images), batchNorm ? 3e-5 : 1e-5);
          changed.forEach(
              (name, after) -> {
                float[] found = tower.read(tower.variable(name));
                if (batchNorm) {
                  assertEquals(0, after.distance(found), 1e-5, name);
                  assertFalse(Arrays.equals(before.get(name), found), name);
                } else {
                  assertArrayEquals(before.get(name), found, name);
                }
              });
        }
      }
    }
  }

  private static Map<String, Tower.Array> changed(Path folder) {
    Map<String, Tower.Array> changed = new LinkedHashMap<>();
    for (Path layer : list(folder)) {
      for (Path file : list(layer)) {
        changed.put(layer.getFileName() + "/" + stem(file), Tower.Array.read(file));
      }
    }
    return changed;
  }

  /** With dropout on, what lies below it moves as Python says all the same. */
  @Test
  void movesStatisticsBelowDropout() {
    String model = "mobilenet-v2-keras3-train";
    Path training = MODELS.resolve(model).resolve("io/train");
    Tower.Array images = only(training.resolve("inputs"));
    try (Tower tower = Tower.training(backbone(model, mode(true, true)), images.shape())) {
      tower.step(images);
      Map<String, Tower.Array> changed = changed(training.resolve("changed"));
      changed.keySet().removeIf(name -> name.matches("(features|seed_generator)/.*"));
      assertEquals(50, changed.size());
      changed.forEach(
          (name, after) ->
              assertEquals(0, after.distance(tower.read(tower.variable(name))), 1e-5, name));
    }
  }

  /** Models with dropout, each half of training alone. */
  @ParameterizedTest
  @ValueSource(strings = {"mobilenet-v2-keras2", "mobilenet-v2-keras3-train", "resnet-keras2"})
  void dropsOutByRunSeedAndStep(String model) {
    Tower.Array images = images(model);
    Tower.Array kept = answer(model);
    try (Tower tower = Tower.training(backbone(model, mode(false, true)), images.shape())) {
      List<float[]> before = statistics(tower);
      float[] first = tower.at(1, 1).step(images);
      assertArrayEquals(first, tower.at(1, 1).step(images));
      assertTrue(kept.distance(first) > 1e-2);
      assertFalse(Arrays.equals(first, tower.at(1, 2).step(images)));
      assertFalse(Arrays.equals(first, tower.at(2, 1).step(images)));
      assertEqual(before, statistics(tower));
      assertMeanIs(kept, tower, images);
    }
    try (Tower again = Tower.training(backbone(model, mode(false, true)), images.shape());
        Tower once = Tower.training(backbone(model, mode(false, true)), images.shape())) {
      // In another graph, as after an interruption.
      assertArrayEquals(once.at(3, 7).features(images), again.at(3, 7).features(images));
    }
    try (Tower tower = Tower.training(backbone(model, mode(true, true)), images.shape())) {
      float[] first = tower.at(1, 1).features(images);
      assertArrayEquals(first, tower.at(1, 1).features(images));
      assertFalse(Arrays.equals(first, tower.at(1, 2).features(images)));
      assertFalse(Arrays.equals(first, tower.at(2, 1).features(images)));
    }
    try (Tower tower = Tower.training(backbone(model, mode(true, false)), images.shape())) {
      float[] first = tower.at(1, 1).features(images);
      assertArrayEquals(first, tower.at(2, 9).features(images));
      assertTrue(kept.distance(first) > 1e-3);
      List<float[]> before = statistics(tower);
      tower.step(images);
      List<float[]> after = statistics(tower);
      for (int i = 0; i < before.size(); i++) {
        assertFalse(Arrays.equals(before.get(i), after.get(i)));
      }
    }
  }

  /** Above dropout these models are linear: its draws even out to the model without it. */
  private static void assertMeanIs(Tower.Array kept, Tower tower, Tower.Array images) {
    int draws = 100;
    int size = kept.values().length;
    double[] sum = new double[size];
    double[] squares = new double[size];
    for (int step = 0; step < draws; step++) {
      float[] drawn = tower.at(5, step).features(images);
      for (int i = 0; i < size; i++) {
        double off = drawn[i] - kept.values()[i];
        sum[i] += off;
        squares[i] += off * off;
      }
    }
    double off = 0;
    double expected = 0;
    for (int i = 0; i < size; i++) {
      off += sum[i] * sum[i] / draws / draws;
      expected += squares[i] / draws / draws;
    }
    assertTrue(off < 2 * expected, "off by %g, expected %g".formatted(off, expected));
  }

  private static List<float[]> statistics(Tower tower) {
    return tower.values().entrySet().stream()
        .filter(e -> e.getKey().role() == Variable.Role.STATISTIC)
        .map(Map.Entry::getValue)
        .toList();
  }

  private static void assertEqual(List<float[]> expected, List<float[]> found) {
    assertEquals(expected.size(), found.size());
    assertFalse(expected.isEmpty());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i));
    }
  }

  @ParameterizedTest
  @CsvSource({"true, false", "false, true", "true, true"})
  void refusesTrainingModeWithoutAFunctionForIt(boolean batchNorm, boolean dropout) {
    for (String model : List.of("article-backbone-keras3-tf2.21", "mobilenet-v2-keras3")) {
      refused(
          () -> backbone(model, mode(batchNorm, dropout)),
          "training mode",
          "training=True",
          "add_endpoint");
    }
  }

  /**
   * The loop's own variable trains, and so do those below it; what needs no gradient stays a loop.
   */
  @ParameterizedTest
  @ValueSource(strings = {"control-flow-keras2", "control-flow-keras3"})
  void writesOutALoopThatGradientsHaveToPass(String model) {
    Tower.Array images = images(model);
    assertEquals(5, trained(model, "none", images).size());
    // The conditionals below the loop are opened up: answers of both branches are compared here.
    assertEquals(2, trained(model, "branching", images).size());
    assertEquals(0, trained(model, "all", images).size());
    // A graph with the loop in it says of it what the model's own graph did.
    try (Tower tower = Tower.training(backbone(model, freeze("all")), images.shape())) {
      refused(() -> tower.loss(images, tower.all()), "operations with gradients", "StatelessWhile");
    }
  }

  @Test
  void refusesSeveralInputs() {
    refused(
        () -> backbone("two-inputs", FineTuning.usual()),
        "depend on one input",
        "picture",
        "column_means");
    // Below where they meet there is one.
    assertEquals(
        "picture", backbone("two-inputs", of(null, null, "pool", "none", "")).input().name());
  }

  @Test
  void refusesNamesThatAreNotThere() {
    refused(
        () -> backbone("several-outputs", of("serve_it", null, null, "none", "")),
        "signature",
        "serve_it",
        "classify",
        "embed");
    refused(
        () -> backbone("several-outputs", of(null, "maps", null, "none", "")),
        "output",
        "maps",
        "embedding",
        "map");
    // Of several the only one that is a matrix.
    Tower.Array images = images("several-outputs");
    try (Tower tower =
        Tower.scoring(backbone("several-outputs", FineTuning.usual()), images.shape())) {
      assertEquals(images.shape()[0] * 16, tower.features(images).length);
    }
  }

  @Test
  void knowsWhatImagesAModelWants() {
    for (String model : Models.all()) {
      if (model.startsWith("preprocessing")) {
        KerasBackbone backbone = backbone(model, FineTuning.usual());
        assertEquals("0..255", backbone.input().range().range(), model);
        assertEquals(new PixelScaling(1, 0), backbone.pixels(), model);
        assertEquals(List.of(-1L, 32L, 32L, 3L), backbone.input().shape());
      } else if (asked().stream().anyMatch(a -> a.model().equals(model))) {
        KerasBackbone backbone = backbone(model, freeze("all"));
        // Those with branches compute 1 - x; the others show nothing.
        assertEquals(!model.startsWith("control"), backbone.input().range().assumed(), model);
        assertEquals(PixelScaling.UNIT, backbone.pixels(), model);
        // Their branch is chosen by the mean over all images.
        assertEquals(model.startsWith("control"), !backbone.warnings().isEmpty(), model);
        assertEquals(DataType.DT_FLOAT, backbone.input().type());
      }
    }
    assertEquals(
        List.of(DataType.DT_FLOAT, DataType.DT_UINT8),
        Stream.of("preprocessing-keras2", "preprocessing-keras3")
            .map(m -> backbone(m, FineTuning.usual()).input().type())
            .sorted()
            .toList());
    PixelScaling asked = new PixelScaling(1 / 127.5, -1);
    FineTuning options =
        new FineTuning(
            null, null, null, "none", false, false, null, asked, LayerRates.SAME, Map.of());
    assertEquals(asked, backbone("preprocessing-keras2", options).pixels());
  }

  /** Exported by Keras 3 as it comes, in training mode. */
  @Test
  void warnsOfFeaturesByTheBatch() {
    List<String> warnings = backbone("preprocessing-keras3-export", FineTuning.usual()).warnings();
    assertEquals(1, warnings.size(), warnings.toString());
    for (String word : new String[] {"other images of its batch", "training=False", "moving_"}) {
      assertTrue(warnings.get(0).contains(word), warnings.get(0));
    }
  }

  @Test
  void refusesImagesOfAnotherSize() {
    KerasBackbone backbone = backbone("resnet-keras3", FineTuning.usual());
    for (int[] sizes : new int[][] {{1, 28, 28, 3}, {1, 32, 28, 3}, {1, 32, 32, 1}}) {
      refused(
          () -> Tower.scoring(backbone, sizes),
          "[N, 32, 32, 3]",
          "%d x %d with %d channels".formatted(sizes[1], sizes[2], sizes[3]));
    }
  }

  @Test
  void addsAnEmbeddingAboveTheFeatures() {
    FineTuning options =
        new FineTuning(
            null, null, null, "all", false, false, 12, null, LayerRates.of(0.5), Map.of());
    KerasBackbone backbone = backbone("softmax-0-4", options);
    Tower.Array images = images("softmax-0-4");
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      assertEquals(images.shape()[0] * 12, tower.features(images).length);
      assertEquals(
          List.of("embedding/kernel", "embedding/norm/gamma", "embedding/norm/beta"),
          tower.trained().stream().map(Variable::name).toList());
      tower
          .all()
          .forEach(v -> assertEquals(v.name().startsWith("keras/") ? 0.5 : 1, backbone.rate(v)));
    }
  }

  /** Gradients against differences, of kernels, slopes of PReLU and scales of batch norm. */
  @ParameterizedTest
  @CsvSource({
    "resnet-keras3, false, stem/kernel block0_prelu/alpha block0_norm1/gamma embedding/kernel",
    "resnet-keras2, true, stem/kernel block0_norm1/gamma embedding/kernel",
    "softmax-0-4-keras2, true, conv1/kernel norm2/gamma norm3/beta embedding/kernel"
  })
  void gradientsAreDifferences(String model, boolean batchNorm, String names) {
    Tower.Array images = images(model);
    try (Tower tower = Tower.training(backbone(model, mode(batchNorm, false)), images.shape())) {
      Tower.Loss loss = tower.loss(images);
      List<float[]> gradients = loss.gradients(images);
      for (String name : names.split(" ")) {
        Variable variable = tower.variable(name);
        float[] gradient = gradients.get(tower.trained().indexOf(variable));
        float[] values = tower.read(variable);
        // Small gradients drown in the rounding of float32.
        int[] steepest =
            IntStream.range(0, gradient.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -Math.abs(gradient[i])))
                .limit(3)
                .mapToInt(i -> i)
                .toArray();
        for (int i : steepest) {
          // Long steps cross the kinks of ReLU and pooling, short ones drown in rounding; a
          // gradient
          // that is wrong agrees with none.
          double closest = Double.MAX_VALUE;
          List<Double> ratios = new ArrayList<>();
          for (float step : new float[] {3e-3f, 1e-3f, 3e-4f, 1e-4f}) {
            double difference =
                at(tower, loss, images, variable, values, i, step)
                    - at(tower, loss, images, variable, values, i, -step);
            ratios.add(difference / (2 * step) / gradient[i]);
            closest = Math.min(closest, Math.abs(ratios.get(ratios.size() - 1) - 1));
          }
          assertTrue(closest < 2e-2, "%s %s[%d]: %s".formatted(model, name, i, ratios));
        }
        tower.assign(variable, values);
      }
    }
  }

  private static double at(
      Tower tower,
      Tower.Loss loss,
      Tower.Array images,
      Variable variable,
      float[] values,
      int index,
      float step) {
    float[] moved = values.clone();
    moved[index] += step;
    tower.assign(variable, moved);
    return loss.value(images);
  }

  private static void refused(Executable work, String... parts) {
    String message = assertThrows(IllegalArgumentException.class, work).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message + " lacks " + part);
    }
  }
}

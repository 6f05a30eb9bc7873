package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.savedmodel.InvalidModel;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.Trust;

/** SavedModels that no Keras export wrote: they train and come back, or are refused in words. */
class OtherModelsTest {
  private static final Path MODELS = Path.of("saved-models", "others");

  @TempDir Path dir;

  /**
   * A model that trains.
   *
   * @param values of inputs beside the images
   * @param freeze what keeps its values
   * @param trained names of the variables that do not, in any order
   */
  record Trained(String name, Map<String, String> values, String freeze, List<String> trained) {
    Path model() {
      return MODELS.resolve(name).resolve("model");
    }

    Tower.Array array(String file) {
      return Tower.Array.read(MODELS.resolve(name).resolve("io/serving_default").resolve(file));
    }

    KerasBackbone backbone(Path model) {
      return new KerasBackbone(
          SavedModelFolder.read(model),
          new FineTuning(
              null, null, null, freeze, false, false, null, null, LayerRates.SAME, values));
    }
  }

  static Stream<Trained> trained() {
    List<String> tower =
        List.of("conv/kernel", "dense/bias", "dense/kernel", "norm/beta", "norm/gamma");
    return Stream.of(
        new Trained("tf1-resource-False", Map.of(), "none", tower),
        new Trained(
            "tf1-partitioned-resource-False",
            Map.of(),
            "none",
            List.of(
                "conv/kernel",
                "dense/bias",
                "dense/kernel/part_0",
                "dense/kernel/part_1",
                "norm/beta",
                "norm/gamma")),
        new Trained("tf1-scalar-kind-training", Map.of("training", "false"), "none", tower),
        new Trained(
            "saved-model-save-kit-keras3",
            Map.of(),
            "none",
            List.of(
                "conv/bias",
                "conv/kernel",
                "dense/bias",
                "dense/kernel",
                "norm/beta",
                "norm/gamma")),
        new Trained(
            "frozen-recurrent-kit-keras3-kind-lstm",
            Map.of(),
            "lstm",
            List.of("dense/bias", "dense/kernel")));
  }

  /** The averages of batch norm are no part of what trains, whoever says so. */
  @ParameterizedTest
  @MethodSource("trained")
  void trainsAndComesBack(Trained model) {
    KerasBackbone backbone = model.backbone(model.model());
    Tower.Array images = image(model);
    Tower.Array answer = model.array("outputs/features.npy");
    float[] changed;
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      assertEquals(0, answer.distance(tower.features(images)), 1e-5);
      assertEquals(
          model.trained,
          tower.trained().stream()
              .map(variable -> variable.name().substring(ModelWeights.PREFIX.length()))
              .sorted()
              .toList());
      tower.loss(images).gradients(images).forEach(g -> assertTrue(norm(g) > 0));
      for (Variable variable : tower.trained()) {
        float[] values = tower.read(variable);
        for (int i = 0; i < values.length; i++) {
          values[i] += 0.01f * (i % 7 - 2);
        }
        tower.assign(variable, values);
      }
      changed = tower.features(images);
      assertTrue(answer.distance(changed) > 1e-3);
      tower.save(dir.resolve("checkpoint"));
    }
    Path written = dir.resolve("out");
    WriteBack.write(backbone, dir.resolve("checkpoint"), written);
    // Ours, and TensorFlow's own loading.
    try (Tower again = Tower.scoring(model.backbone(written), images.shape())) {
      assertTrue(Arrays.equals(changed, again.features(images)));
    }
    assertEquals(0, new Tower.Array(null, changed).distance(run(model, written, images)), 1e-5);
    assertEquals(0, answer.distance(run(model, model.model(), images)), 1e-5);
  }

  private static Tower.Array image(Trained model) {
    for (String name : List.of("images", "inputs")) {
      Path file = MODELS.resolve(model.name).resolve("io/serving_default/inputs/" + name + ".npy");
      if (file.toFile().exists()) {
        return Tower.Array.read(file);
      }
    }
    throw new AssertionError("no images of " + model.name);
  }

  private static float[] run(Trained model, Path folder, Tower.Array images) {
    double[] pixels = new double[images.values().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = images.values()[i];
    }
    try (SignatureRunner runner =
        SignatureRunner.open(SavedModelFolder.read(folder), null, null, model.values, Trust.FULL)) {
      double[] found = runner.run(new Numbers(images.shape(), pixels)).values();
      float[] floats = new float[found.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) found[i];
      }
      return floats;
    }
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value * value;
    }
    return sum;
  }

  /** Training and inspection say the same. */
  @ParameterizedTest
  @CsvSource({
    "tf1-frozen, `embedding`",
    "module-without-a-signature, signatures=",
    "tf1-scalar-kind-training, `input-value` training=false"
  })
  void refusesWithTheWayOut(String name, String way) {
    SavedModelFolder folder = SavedModelFolder.read(MODELS.resolve(name).resolve("model"));
    String refused =
        assertThrows(
                IllegalArgumentException.class, () -> new KerasBackbone(folder, FineTuning.usual()))
            .getMessage();
    assertTrue(refused.contains("; ") && refused.contains(way), refused);
    assertEquals(List.of(InvalidModel.line(refused)), Inspection.of(folder).obstacles());
  }

  @Test
  void inspectionTakesValuesAsTrainingDoes() {
    SavedModelFolder folder =
        SavedModelFolder.read(MODELS.resolve("tf1-scalar-kind-training").resolve("model"));
    assertEquals(List.of(), Inspection.of(folder, Map.of("training", "false")).obstacles());
    assertTrue(Inspection.of(folder).trainedParameters() < Inspection.of(folder).parameters());
  }

  @ParameterizedTest
  @CsvSource({
    "learning, false, training",
    "training, 2, bool",
    "training, maybe, true or false",
    "images, 1, fixed shape"
  })
  void refusesValuesThatDoNotFit(String name, String value, String part) {
    SavedModelFolder folder =
        SavedModelFolder.read(MODELS.resolve("tf1-scalar-kind-training").resolve("model"));
    FineTuning options = FineTuning.usual().withInputValues(Map.of(name, value));
    String refused =
        assertThrows(InvalidInputException.class, () -> new KerasBackbone(folder, options))
            .getMessage();
    assertTrue(refused.contains(part), refused);
  }

  /**
   * A layer above constants trains; the folder goes back as it is, for there is nothing to write.
   */
  @Test
  void aFrozenGraphTakesALayerAboveIt() {
    Path model = MODELS.resolve("tf1-frozen").resolve("model");
    FineTuning options =
        new FineTuning(null, null, null, "none", false, false, 4, null, LayerRates.SAME, Map.of());
    KerasBackbone backbone = new KerasBackbone(SavedModelFolder.read(model), options);
    Tower.Array images =
        Tower.Array.read(MODELS.resolve("tf1-frozen/io/serving_default/inputs/images.npy"));
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      assertFalse(tower.trained().isEmpty());
      tower.save(dir.resolve("checkpoint"));
    }
    WriteBack.write(backbone, dir.resolve("checkpoint"), dir.resolve("out"));
    assertEquals(List.of(), Inspection.of(SavedModelFolder.read(dir.resolve("out"))).findings());
  }

  /** An inner layer of TensorFlow 1 is a tensor of its graph, which a signature names. */
  @Test
  void anInnerLayerOfTensorFlow1HasASignature() {
    Path model = MODELS.resolve("tf1-resource-False").resolve("model");
    FineTuning options =
        new FineTuning(
            null, null, "Relu", "none", false, false, null, null, LayerRates.SAME, Map.of());
    KerasBackbone backbone = new KerasBackbone(SavedModelFolder.read(model), options);
    Tower.Array images =
        Tower.Array.read(MODELS.resolve("tf1-resource-False/io/serving_default/inputs/images.npy"));
    float[] features;
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      features = tower.features(images);
      tower.save(dir.resolve("checkpoint"));
    }
    WriteBack.write(backbone, dir.resolve("checkpoint"), dir.resolve("out"));
    double[] pixels = new double[images.values().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = images.values()[i];
    }
    try (SignatureRunner runner =
        SignatureRunner.openTrusted(SavedModelFolder.read(dir.resolve("out")), "features", null)) {
      double[] found = runner.run(new Numbers(images.shape(), pixels)).values();
      assertEquals(features.length, found.length);
      for (int i = 0; i < found.length; i++) {
        assertEquals(features[i], found[i], 1e-6);
      }
    }
  }
}

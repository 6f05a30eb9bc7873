package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.savedmodel.Checkpoint;
import org.marginsoftmax.savedmodel.CheckpointEntry;
import org.marginsoftmax.savedmodel.CheckpointTensors;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.Models;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.tensorflow.Tensor;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** What a run hands back to Keras: the weights of the run, and all else as it was. */
class WriteBackTest {
  @TempDir Path dir;

  private Path out() {
    return dir.resolve("out");
  }

  /** Changes all variables that the tower trains or moves, and writes the model. */
  private Map<String, float[]> changed(KerasBackbone backbone, Tower tower) {
    Random random = new Random(5);
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<Variable, float[]> assigned = new LinkedHashMap<>();
    for (Map.Entry<Variable, float[]> entry : tower.values().entrySet()) {
      Variable variable = entry.getKey();
      float[] value = entry.getValue();
      if (variable.role() != Variable.Role.FROZEN) {
        for (int i = 0; i < value.length; i++) {
          // Statistics may not become negative.
          value[i] = value[i] * 1.25f + (float) random.nextDouble() * 0.01f;
        }
      }
      assigned.put(variable, value);
      values.put(variable.name().substring(ModelWeights.PREFIX.length()), value);
    }
    tower.assign(assigned);
    tower.save(dir.resolve("checkpoint"));
    WriteBack.write(backbone, dir.resolve("checkpoint"), out());
    return values;
  }

  private static Tower.Array images(String model) {
    return Tower.Array.read(Path.of("saved-models", model, "io/serving_default/inputs/images.npy"));
  }

  private static float[] entry(Path model, String key) {
    return CheckpointTensors.read(
        model.resolve("variables/variables"),
        CheckpointEntry.whole(key, DataType.DT_FLOAT),
        WriteBackTest::floats);
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[(int) ((TFloat32) tensor).size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  private static Map<String, BundleEntryProto> entries(Path model) {
    return Checkpoint.read(model.resolve("variables/variables")).entries();
  }

  /** Read again it is what the run had, to the bit: by us, and by TensorFlow's own loading. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "softmax-0-4",
        "softmax-0-4-keras2",
        "article-backbone-keras3-tf2.21-train",
        "mobilenet-v2-keras3-train",
        "resnet-keras2",
        "resnet-keras3",
        "nested-functions",
        "preprocessing-keras2"
      })
  void readAgainItIsWhatTheRunHad(String model) throws IOException {
    Tower.Array images = images(model);
    KerasBackbone backbone = KerasBackboneTest.backbone(model, FineTuning.usual());
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      float[] first = tower.features(images);
      Map<String, float[]> values = changed(backbone, tower);
      float[] features = tower.features(images);
      assertFalse(Arrays.equals(first, features));
      KerasBackbone again = new KerasBackbone(SavedModelFolder.read(out()), FineTuning.usual());
      try (Tower read = Tower.scoring(again, images.shape())) {
        Map<String, float[]> found = new LinkedHashMap<>();
        read.values().forEach((variable, value) -> found.put(variable.name(), value));
        assertEquals(values.size(), found.size());
        values.forEach(
            (name, value) -> assertArrayEquals(value, found.get(ModelWeights.PREFIX + name), name));
        assertArrayEquals(features, read.features(images));
      }
      assertAnswers(features, SavedModelFolder.read(out()), null, images);
    }
    assertRestAsBefore(Models.keras(model));
  }

  /** Every other file to the byte, and no hash of files that are no more. */
  private void assertRestAsBefore(Path original) throws IOException {
    Set<String> compared = new LinkedHashSet<>();
    try (Stream<Path> files = Files.walk(original)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path relative = original.relativize(file);
        if (!relative.startsWith("variables") && !relative.endsWith("fingerprint.pb")) {
          assertEquals(-1, Files.mismatch(file, out().resolve(relative.toString())), file + "");
          compared.add(relative.toString());
        }
      }
    }
    assertTrue(compared.contains("saved_model.pb"));
    try (Stream<Path> files = Files.walk(out())) {
      assertTrue(files.noneMatch(f -> f.endsWith("fingerprint.pb")));
    }
    assertTrue(Files.exists(original.resolve("fingerprint.pb")));
    Map<String, BundleEntryProto> before = entries(original);
    Map<String, BundleEntryProto> after = entries(out());
    assertEquals(before.keySet(), after.keySet());
    before.forEach(
        (key, entry) -> {
          assertEquals(entry.getDtype(), after.get(key).getDtype(), key);
          assertEquals(entry.getShape(), after.get(key).getShape(), key);
        });
  }

  /** An inner layer's features have a signature of their own; the others answer as they did. */
  @ParameterizedTest
  @CsvSource({
    "softmax-0-4, embedding, 64",
    "softmax-0-4-keras2, embedding, 64",
    "mobilenet-v2-keras2, block2_add, 14 14 8",
    "preprocessing-keras2, pool, 6 6 8",
    "several-outputs, relu, 14 14 8",
  })
  void anInnerLayerGetsASignature(String model, String layer, String sizes) {
    Tower.Array images = images(model);
    FineTuning options =
        new FineTuning(
            null, null, layer, "none", false, false, null, null, LayerRates.SAME, Map.of());
    KerasBackbone backbone = KerasBackboneTest.backbone(model, options);
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      changed(backbone, tower);
      float[] features = tower.features(images);
      SavedModelFolder written = SavedModelFolder.read(out());
      SignatureSpec signature = SignatureSpec.of(written, "features");
      assertEquals(
          "features, float32 [?, %s]".formatted(sizes.replace(" ", ", ")),
          signature.outputs().get(0).toString());
      assertAnswers(features, written, "features", images);
      KerasBackbone again =
          new KerasBackbone(
              written,
              new FineTuning(
                  "features",
                  null,
                  null,
                  "none",
                  false,
                  false,
                  null,
                  null,
                  LayerRates.SAME,
                  Map.of()));
      try (Tower read = Tower.scoring(again, images.shape())) {
        assertArrayEquals(features, read.features(images));
      }
      assertEquals(
          SignatureSpec.all(SavedModelFolder.read(Models.keras(model))),
          SignatureSpec.all(written).stream().filter(s -> !s.name().equals("features")).toList());
    }
  }

  private static void assertAnswers(
      float[] expected, SavedModelFolder folder, String signature, Tower.Array images) {
    double[] numbers = new double[images.values().length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = images.values()[i];
    }
    try (SignatureRunner runner = SignatureRunner.openTrusted(folder, signature, null)) {
      double[] answer = runner.run(Map.of("images", new Numbers(images.shape(), numbers))).values();
      float[] served = new float[answer.length];
      for (int i = 0; i < served.length; i++) {
        served[i] = (float) answer[i];
      }
      assertEquals(0, new Tower.Array(null, expected).distance(served), 1e-5);
    }
  }

  /** Python restores from one of the two, the runtime from the other. */
  @ParameterizedTest
  @ValueSource(
      strings = {"softmax-0-4", "article-backbone-keras3-tf2.18", "mobilenet-v2-keras3-train"})
  void writesBothCopiesOfKeras3(String model) {
    Path original = Models.keras(model);
    Tower.Array images = images(model);
    KerasBackbone backbone = KerasBackboneTest.backbone(model, FineTuning.usual());
    Map<String, float[]> values;
    try (Tower tower = Tower.scoring(backbone, images.shape())) {
      values = changed(backbone, tower);
    }
    Map<String, float[]> before = floats(original);
    Map<String, float[]> after = floats(out());
    assertEquals(2 * values.size(), before.size());
    for (ModelVariable variable : backbone.used()) {
      float[] old = before.get(variable.saved().key());
      float[] value = values.get(variable.name());
      assertFalse(Arrays.equals(old, value), variable.name());
      // The other copy is the one that held the same values before.
      List<String> copies =
          before.keySet().stream().filter(key -> Arrays.equals(old, before.get(key))).toList();
      assertEquals(2, copies.size(), copies.toString());
      assertTrue(copies.stream().anyMatch(key -> key.startsWith("_all_variables/")));
      assertTrue(copies.stream().anyMatch(key -> key.startsWith("variables/")));
      copies.forEach(key -> assertArrayEquals(value, after.get(key), key));
    }
  }

  /** All float entries. */
  private static Map<String, float[]> floats(Path model) {
    Map<String, float[]> floats = new LinkedHashMap<>();
    entries(model)
        .forEach(
            (key, entry) -> {
              if (entry.getDtype() == DataType.DT_FLOAT) {
                floats.put(key, entry(model, key));
              }
            });
    return floats;
  }

  /** What is above the features, or frozen, keeps its values in both copies. */
  @Test
  void leavesOtherEntriesAlone() {
    for (String model : List.of("article-keras3-tf2.18", "article-keras2-tf2.21")) {
      FineTuning options =
          new FineTuning(
              null,
              null,
              "features",
              "conv1|embedding",
              false,
              false,
              null,
              null,
              LayerRates.SAME,
              Map.of());
      Path original = Models.keras(model);
      Path target = dir.resolve(model);
      KerasBackbone backbone = KerasBackboneTest.backbone(model, options);
      Set<String> moved = new LinkedHashSet<>();
      try (Tower tower = Tower.scoring(backbone, images(model).shape())) {
        for (Variable variable : tower.trained()) {
          float[] ones = new float[(int) variable.size()];
          Arrays.fill(ones, 0.625f);
          tower.assign(variable, ones);
        }
        tower.save(dir.resolve("checkpoint-" + model));
      }
      WriteBack.write(backbone, dir.resolve("checkpoint-" + model), target);
      int kept = 0;
      for (Map.Entry<String, BundleEntryProto> e : entries(original).entrySet()) {
        if (e.getValue().getDtype() != DataType.DT_FLOAT) {
          continue;
        }
        float[] before = entry(original, e.getKey());
        float[] after = entry(target, e.getKey());
        if (Arrays.equals(before, after)) {
          kept++;
        } else {
          assertEquals(0.625f, after[after.length - 1], e.getKey());
          moved.add(e.getKey());
        }
      }
      // 3 kernels of convolutions, 5 gammas and betas; 2 kernels, the head and 10 statistics stay.
      int copies = model.contains("keras3") ? 2 : 1;
      assertEquals(13 * copies, moved.size(), model + moved);
      assertTrue(kept >= 13 * copies, model + " " + kept);
      assertArrayEquals(objectGraph(original), objectGraph(target));
    }
  }

  private static byte[] objectGraph(Path model) {
    return CheckpointTensors.read(
        model.resolve("variables/variables"),
        CheckpointEntry.whole("_CHECKPOINTABLE_OBJECT_GRAPH", DataType.DT_STRING),
        tensor -> ((TString) tensor).asBytes().getObject());
  }
}

package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is told of a model, against what Keras says of it. */
class InspectionTest {
  @TempDir Path dir;

  private static Inspection inspect(Path model) {
    return Inspection.of(SavedModelFolder.read(model));
  }

  @ParameterizedTest
  @CsvSource({
    "article-keras2-tf2.18, Keras 2 (model.save), 2.18.0, 2.18.1",
    "article-keras2-tf2.21, Keras 2 (model.save), 2.21.0, 2.21.0",
    "article-keras3-tf2.18, Keras 3 (model.export), , 2.18.1",
    "article-keras3-tf2.21, Keras 3 (model.export), , 2.21.0"
  })
  void tellsWhoMadeIt(String name, String kind, String keras, String tensorflow) {
    assertEquals(new Maker(kind, keras, tensorflow), inspect(Models.keras(name)).maker());
  }

  /** model.summary() of all four: total 117,904, trainable 117,584. */
  @ParameterizedTest
  @CsvSource({
    "article-keras2-tf2.18",
    "article-keras2-tf2.21",
    "article-keras3-tf2.18",
    "article-keras3-tf2.21"
  })
  void countsWhatKerasCounts(String name) {
    Inspection inspection = inspect(Models.keras(name));
    assertEquals(117_904, inspection.parameters());
    assertEquals(117_584, inspection.trainedParameters());
    assertEquals(
        List.of("images", "labels"),
        inspection.signatures().get(0).inputs().stream().map(Inspection.Tensor::name).toList());
    assertEquals(
        new Inspection.Tensor("images", "float32", Arrays.asList(null, 28L, 28L, 1L)),
        inspection.signatures().get(0).inputs().get(0));
    assertEquals(List.of(), inspection.findings());
    assertTrue(inspection.obstacles().get(0).contains("images, labels"), inspection.toString());
  }

  @ParameterizedTest
  @MethodSource("org.marginsoftmax.keras.Models#all")
  void addsUp(String name) throws IOException {
    Inspection inspection = inspect(Models.keras(name));
    assertEquals(
        inspection.parameters() + inspection.otherParameters(),
        inspection.variables().stream().mapToLong(Inspection.Variable::parameters).sum());
    long bytes = 0;
    try (Stream<Path> files = Files.walk(Models.keras(name))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertEquals(bytes, inspection.bytes());
    assertTrue(inspection.trainedParameters() > 0 && inspection.operations().get("MatMul") > 0);
  }

  /** Keras 3 writes two variables of one name; statistics of batch norm are not trained. */
  @Test
  void tellsTrainedVariablesOfOneNameApart() {
    Inspection inspection = inspect(Models.keras("softmax-0-4"));
    for (Inspection.Variable variable : inspection.variables()) {
      if (variable.used()) {
        assertEquals(!variable.name().contains("moving"), variable.trained(), variable.toString());
      }
    }
  }

  @Test
  void tellsFunctionsForTraining() {
    List<String> training =
        inspect(Models.keras("softmax-0-4-keras2")).functions().stream()
            .filter(Inspection.Function::training)
            .map(Inspection.Function::name)
            .toList();
    assertTrue(
        training.stream().anyMatch(f -> f.contains("backbone_layer_call_fn")), "" + training);
    assertTrue(training.stream().noneMatch(f -> f.contains("signature_wrapper")), "" + training);
  }

  @Test
  void tellsOfAModelWithoutVariablesAndObjects() {
    Inspection inspection = inspect(Models.write(dir, Models.small().build()));
    assertEquals("TensorFlow 1", inspection.maker().kind());
    assertNull(inspection.trainedParameters());
    assertEquals(0, inspection.parameters());
    assertEquals(1, inspection.obstacles().size());
  }
}

package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.placeholder;
import static org.marginsoftmax.savedmodel.Models.tensor;
import static org.marginsoftmax.savedmodel.Models.type;

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
import org.marginsoftmax.savedmodel.Models;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;

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
    assertEquals(new Producer(kind, keras, tensorflow), inspect(Models.keras(name)).maker());
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
  @MethodSource("org.marginsoftmax.savedmodel.Models#all")
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

  /** What train refuses for its input is refused here, with the same words. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DT_STRING | -1 | input of images",
        "DT_STRING | -1 8 8 3 | input of images",
        "DT_BOOL | -1 8 8 3 | input of images",
        "DT_FLOAT | -1 | input of images",
        "DT_FLOAT | -1 4 8 8 3 | input of images",
        "DT_FLOAT | 2 8 8 3 | input of images",
        "DT_INT32 | -1 16 | of tokens",
        "DT_INT64 | -1 16 | of tokens"
      })
  void refusesInputsThatAreNoImages(DataType type, String sizes, String words) {
    long[] shape = Arrays.stream(sizes.split(" ")).mapToLong(Long::parseLong).toArray();
    boolean integers = type == DataType.DT_INT32 || type == DataType.DT_INT64;
    boolean floats = type == DataType.DT_FLOAT;
    MetaGraphDef.Builder model =
        MetaGraphDef.newBuilder()
            .setGraphDef(
                GraphDef.newBuilder()
                    .addNode(placeholder("x", type, shape))
                    .addNode(Models.constant("table", 10, 4))
                    .addNode(
                        integers
                            ? node("y", "Gather", "table", "x")
                                .putAttr("Tparams", type(DataType.DT_FLOAT))
                                .putAttr("Tindices", type(type))
                            : floats
                                ? node("y", "Neg", "x").putAttr("T", type(type))
                                : node("y", "Size", "x").putAttr("T", type(type))))
            .putSignatureDef(
                "serving_default",
                SignatureDef.newBuilder()
                    .putInputs("x", tensor("x:0", type, shape))
                    .putOutputs("y", tensor("y:0", DataType.DT_FLOAT, -1, 4))
                    .build());
    model.getMetaInfoDefBuilder().addTags("serve").setTensorflowVersion("2.18.0");
    SavedModelFolder folder = SavedModelFolder.read(Models.write(dir, model.build()));
    String refused =
        assertThrows(
                IllegalArgumentException.class, () -> new KerasBackbone(folder, FineTuning.usual()))
            .getMessage();
    assertTrue(refused.contains(words), refused);
    assertEquals(List.of(refused), Inspection.of(folder).obstacles());
  }

  @Test
  void tellsTheRangeOfThePixels() {
    Inspection.Pixels pixels = inspect(Models.keras("preprocessing-keras2")).pixels();
    assertEquals("0..255", pixels.range());
    assertEquals(1, pixels.scale());
    assertTrue(pixels.reason().contains(" p "), pixels.reason());
    assertTrue(inspect(Models.keras("softmax-0-4")).pixels().assumed());
    assertEquals(1, inspect(Models.keras("preprocessing-keras3-export")).warnings().size());
  }
}

package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.AllPairs;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.savedmodel.Audit;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Runs exported to be served: what the folder holds, and that it answers as the run's own model.
 */
class ServedRunTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  @TempDir Path dir;

  private Path run(String name, HeadConfig head, KerasConfig keras, int classes, int size)
      throws IOException {
    Path data = dir.resolve("data-" + name);
    Idx.folder(data, classes, 24, 6, size);
    TrainConfig config =
        new TrainConfig(
            DataConfig.fashionMnist().with(Map.of("source", data.toString(), "validation", 0.25)),
            head,
            ScheduleConfig.usual(),
            new BackboneConfig(
                keras.from() == null ? "small-cnn" : "keras", keras.from() == null ? 16 : null),
            OptimizerConfig.adam(),
            Loops.of(1, null, 24, 2),
            keras);
    Path out = dir.resolve(name);
    assertTrue(
        Train.run(config, new RunFolder(out), false, StopSignal.onRequest(), QUIET).finished());
    return out;
  }

  private Path ofSmallCnn() throws IOException {
    return run("run", HeadConfig.arcface(), KerasConfig.none(), 7, 8);
  }

  private static KerasConfig from(String name) {
    return from(name, "none");
  }

  private static KerasConfig from(String name, String freeze) {
    return new KerasConfig(
        Path.of("saved-models", name, "model").toString(),
        null,
        null,
        null,
        freeze,
        "frozen",
        false,
        null,
        null,
        null,
        null,
        null,
        Map.of(),
        true);
  }

  private static Map<String, byte[]> files(Path folder) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private static List<String> operations(Path model) {
    return SavedModelFolder.read(model).metaGraph().getGraphDef().getNodeList().stream()
        .map(NodeDef::getOp)
        .toList();
  }

  private static Samples test(Path run) {
    return IdxFolder.read(run.resolveSibling("data-" + run.getFileName())).test();
  }

  private static TUint8 images(Samples samples) {
    byte[] pixels = new byte[samples.size() * samples.element().size()];
    for (int i = 0; i < samples.size(); i++) {
      samples.copy(i, pixels, i * samples.element().size());
    }
    return TUint8.tensorOf(
        Shape.of(
            samples.size(),
            samples.element().sizes().get(0),
            samples.element().sizes().get(1),
            samples.element().sizes().get(2)),
        DataBuffers.of(pixels, true, false));
  }

  private static float[][] floats(Result result, String name) {
    return StdArrays.array2dCopyOf((TFloat32) result.get(name).orElseThrow());
  }

  /** The export against the run's own model, which keeps variables, batch norm and all. */
  private static void answersAsItsRun(Path run, Path exported, double scale) {
    Samples samples = test(run);
    List<String> names = samples.classNames();
    try (SavedModelBundle own = SavedModelBundle.load(run.resolve("model").toString(), "serve");
        SavedModelBundle served = SavedModelBundle.load(exported.toString(), "serve");
        TUint8 images = images(samples);
        Result expected = own.call(Map.of("images", images));
        Result embedded = served.function("serving_default").call(Map.of("images", images));
        Result classified = served.function("classify").call(Map.of("images", images))) {
      float[][] embedding = floats(expected, "embedding");
      float[][] found = floats(embedded, "embedding");
      float[][] cosines = floats(expected, "cosines");
      float[][] scores = floats(classified, "scores");
      TString labels = (TString) classified.get("labels").orElseThrow();
      for (int i = 0; i < embedding.length; i++) {
        assertArrayEquals(embedding[i], found[i], 1e-5f);
        double sum = 0;
        for (float cosine : cosines[i]) {
          sum += Math.exp(scale * cosine);
        }
        for (int k = 0; k < scores[i].length; k++) {
          String label = labels.getObject(i, k);
          double expectedScore = Math.exp(scale * cosines[i][names.indexOf(label)]) / sum;
          assertEquals(expectedScore, scores[i][k], 1e-4);
          assertTrue(k == 0 || scores[i][k] <= scores[i][k - 1]);
        }
        assertEquals(Math.min(5, names.size()), scores[i].length);
      }
    }
  }

  @Test
  void ownBackboneIsServedWithoutLabelsVariablesOrBatchNorm() throws IOException {
    Path run = ofSmallCnn();
    Map<String, byte[]> before = files(run);
    Path first = Export.asServing(run, dir.resolve("first"), null, null);
    Path second = Export.asServing(run, dir.resolve("second"), null, null);
    Map<String, byte[]> a = files(first);
    Map<String, byte[]> b = files(second);
    assertEquals(Set.of("saved_model.pb", "assets.extra/model-card.json"), a.keySet());
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, content) -> assertArrayEquals(content, b.get(name), name));
    files(run).forEach((name, content) -> assertArrayEquals(before.get(name), content, name));

    SavedModelFolder read = SavedModelFolder.read(first);
    assertTrue(Audit.of(read).isPure());
    Map<String, SignatureDef> signatures = read.metaGraph().getSignatureDefMap();
    assertEquals(Set.of("serving_default", "classify", "encoded"), signatures.keySet());
    assertEquals(Set.of("images"), signatures.get("serving_default").getInputsMap().keySet());
    assertEquals(Set.of("images"), signatures.get("classify").getInputsMap().keySet());
    assertEquals(Set.of("bytes"), signatures.get("encoded").getInputsMap().keySet());
    List<String> operations = operations(first);
    for (String gone :
        List.of("VarHandleOp", "ReadVariableOp", "FusedBatchNormV3", "EuclideanNorm", "SaveV2")) {
      assertFalse(operations.contains(gone), gone);
    }
    assertEquals(5, operations.stream().filter("BiasAdd"::equals).count());
    assertEquals(
        1,
        operations.stream().filter("Placeholder"::equals).count(),
        "bytes, and images that default to them");
    answersAsItsRun(run, first, 30);
    try (ModelEmbedder embedder = ModelEmbedder.open(first, Map.of(), QUIET)) {
      assertEquals(1, embedder.testEmbeddings(data(run), null).size() / 42);
    }
  }

  private static String data(Path run) {
    return run.resolveSibling("data-" + run.getFileName()).toString();
  }

  @Test
  void theCardSaysWhatTheModelIs() throws IOException {
    Path run = ofSmallCnn();
    Path model = Export.asServing(run, dir.resolve("served"), null, 3);
    JsonNode card =
        new ObjectMapper().readTree(model.resolve("assets.extra/model-card.json").toFile());
    JsonNode config = new ObjectMapper().readTree(run.resolve("config.json").toFile());
    // The place of the data means nothing elsewhere.
    ((ObjectNode) config.at("/options/data")).put("source", "data-run");
    assertEquals(config.get("options"), card.get("configuration"));
    assertEquals(config.at("/data/hash"), card.get("data_hash"));
    assertEquals(config.at("/data/class_names"), card.get("class_names"));
    assertEquals("8x8x1", card.get("image").asText());
    assertEquals(16, card.get("embedding").asInt());
    assertEquals(3, card.get("top").asInt());
    assertEquals(1 / 255.0, card.at("/preprocessing/factor").asDouble());
    assertEquals("2.18.0", card.at("/versions/export/tensorflow").asText());

    // Thresholds anew, from the model itself and the samples that the run held out.
    Samples heldOut;
    try (TrainedRun trained = TrainedRun.open(run)) {
      heldOut = trained.data().validation();
    }
    try (SavedModelBundle served = SavedModelBundle.load(model.toString(), "serve");
        TUint8 images = images(heldOut);
        Result result = served.function("serving_default").call(Map.of("images", images))) {
      Verification pairs =
          AllPairs.of(new Embeddings(floats(result, "embedding"), heldOut.labels()))
              .verification()
              .orElseThrow();
      assertEquals(heldOut.size(), card.at("/calibration/samples").asInt());
      assertEquals(pairs.impostorPairs(), card.at("/calibration/impostor_pairs").asInt());
      assertFalse(card.at("/calibration/trained_on").asBoolean());
      // As many as so few impostor pairs can show.
      double[] fars = {1e-2};
      assertTrue(pairs.impostorPairs() >= 100 && pairs.impostorPairs() < 1000);
      assertEquals(fars.length, card.at("/calibration/thresholds").size());
      for (int i = 0; i < fars.length; i++) {
        JsonNode threshold = card.at("/calibration/thresholds/" + i);
        assertEquals(fars[i], threshold.get("target_far").asDouble());
        assertEquals(pairs.atFar(fars[i]).threshold(), threshold.get("threshold").asDouble(), 1e-5);
        assertTrue(threshold.get("far").asDouble() <= fars[i]);
      }
    }
  }

  @Test
  void modelsOfKerasAreServedToo() throws IOException {
    for (String name :
        List.of(
            "article-backbone-keras2-tf2.18",
            "article-backbone-keras3-tf2.21",
            "mobilenet-v2-keras3")) {
      Path run = run(name, HeadConfig.arcface(), from(name), 10, 28);
      Path model = Export.asServing(run, dir.resolve(name + "-served"), null, null);
      assertTrue(Audit.of(SavedModelFolder.read(model)).isPure());
      List<String> operations = operations(model);
      assertFalse(operations.contains("VarHandleOp"), name);
      assertFalse(operations.contains("FusedBatchNormV3"), name);
      answersAsItsRun(run, model, 30);
    }
  }

  @Test
  void servesBesideOtherVersionsAndRefusesWhatIsInUse() throws IOException {
    Path run = ofSmallCnn();
    Path models = dir.resolve("models");
    Export.asServing(run, models, new Export.Place("faces", 1), null);
    Export.asServing(run, models, new Export.Place("faces", 2), 2);
    try (Stream<Path> listed = Files.list(models.resolve("faces"))) {
      assertEquals(
          Set.of("1", "2"),
          listed.map(f -> f.getFileName().toString()).collect(Collectors.toSet()));
    }
    refused(" in it", () -> Export.asServing(run, models, new Export.Place("faces", 2), 2));
    refused("faces in it", () -> Export.asServing(run, models, null, null));
    refused("a name of letters", () -> new Export.Place("../x", 1));
    refused("a version of at least 1", () -> new Export.Place("x", 0));
    refused("top: expected 1..7", () -> Export.asServing(run, dir.resolve("new"), null, 8));
    refused("no config.json", () -> Export.asServing(dir, dir.resolve("new"), null, null));
    assertFalse(Files.exists(dir.resolve("new")));
  }

  private static void refused(String part, Executable work) {
    String message = assertThrows(IllegalArgumentException.class, work).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains(part), message);
  }

  /** Its weights are read inside of a loop, in every step anew. */
  @Test
  void aRecurrentLayerIsServedWithoutVariables() throws IOException {
    KerasConfig keras = from("others/frozen-recurrent-kit-keras3-kind-lstm", "lstm");
    Path run = run("recurrent", HeadConfig.arcface(), keras, 3, 8);
    Path served = Export.asServing(run, dir.resolve("served"), null, null);
    answersAsItsRun(run, served, 30);
    List<NodeDef> inner =
        SavedModelFolder.read(served)
            .metaGraph()
            .getGraphDef()
            .getLibrary()
            .getFunctionList()
            .stream()
            .flatMap(function -> function.getNodeDefList().stream())
            .toList();
    assertTrue(inner.stream().anyMatch(node -> node.getOp().equals("MatMul")), inner.toString());
    assertTrue(inner.stream().noneMatch(node -> node.getOp().contains("Variable")));
    assertTrue(operations(served).contains("While"));
    assertTrue(operations(served).stream().noneMatch(type -> type.contains("Variable")));
  }
}

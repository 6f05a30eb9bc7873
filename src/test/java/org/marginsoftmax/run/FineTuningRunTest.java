package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;
import org.marginsoftmax.train.Saved;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/** Whole runs from Keras models on: what they leave, and what of the model they changed. */
class FineTuningRunTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  private static final String ARTICLE = "article-backbone-keras2-tf2.18";
  private static final Path HEAD = Path.of("saved-models/article-keras2-tf2.18/model");
  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 10, 24, 6, 28);
  }

  private static String model(String name) {
    return Path.of("saved-models", name, "model").toString();
  }

  /** From a model of known making, whose audit and trial are left out. */
  private static KerasConfig from(String folder) {
    return new KerasConfig(
        folder, null, null, null, "none", "frozen", false, null, null, null, null, null, Map.of(),
        true);
  }

  private static KerasConfig mode(String folder, String freeze, String batchNorm, boolean dropout) {
    return new KerasConfig(
        folder, null, null, null, freeze, batchNorm, dropout, null, null, null, null, null,
        Map.of(), true);
  }

  private static KerasConfig rate(String folder, Double rate, Path initHead) {
    return new KerasConfig(
        folder,
        null,
        null,
        null,
        "none",
        "frozen",
        false,
        rate,
        null,
        null,
        initHead == null ? null : initHead.toString(),
        null,
        Map.of(),
        true);
  }

  private TrainConfig config(KerasConfig keras) {
    return config(keras, OptimizerConfig.adam());
  }

  private TrainConfig config(KerasConfig keras, OptimizerConfig optimizer) {
    return new TrainConfig(
        DataConfig.fashionMnist().with(Map.of("source", data.toString(), "validation", 0.1)),
        HeadConfig.arcface(),
        ScheduleConfig.usual(),
        BackboneConfig.named("keras"),
        optimizer,
        Loops.of(1, null, 24, 2),
        keras);
  }

  private static OptimizerConfig sgd(double rate) {
    return new OptimizerConfig(
        "sgd", rate, "constant", 0, 2, 1.0 / 3, 0.1, 0.9, false, null, 0, null, null, null, null);
  }

  private static Train.Result train(TrainConfig config, Path out, boolean resume, StopSignal stop) {
    return Train.run(config, new RunFolder(out), resume, stop, QUIET);
  }

  private Path train(TrainConfig config, String name) {
    Path out = dir.resolve(name);
    assertTrue(train(config, out, false, StopSignal.onRequest()).finished());
    return out;
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static Path latest(Path run) {
    RunFolder folder = new RunFolder(run);
    return folder.checkpoints().variables(folder.checkpoints().latest().orElseThrow().step());
  }

  private static float[] kernel(Path model, String key) {
    return Saved.value(model.resolve("variables/variables"), key);
  }

  private static void assertSameFiles(Path expected, Path found) throws IOException {
    try (Stream<Path> files = Files.walk(expected)) {
      List<Path> all = files.filter(Files::isRegularFile).toList();
      assertFalse(all.isEmpty());
      for (Path file : all) {
        Path other = found.resolve(expected.relativize(file).toString());
        assertEquals(-1, Files.mismatch(file, other), other.toString());
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    return to;
  }

  /** Audited and tried, unlike the other runs here; then the original goes away. */
  @Test
  void standsForItselfOnceTheOriginalIsGone() throws IOException {
    Path original = copy(Path.of(model("softmax-0-4-keras2")), dir.resolve("original"));
    KerasConfig keras = KerasConfig.of(original.toString());
    Path out = dir.resolve("run");
    Train.Result result = train(config(keras), out, false, StopSignal.onRequest());
    assertTrue(result.finished());
    assertEquals(9, result.steps());
    JsonNode options = json(out.resolve("config.json")).get("options");
    assertEquals(original.toString(), options.at("/keras/from").asText());
    assertEquals(1.0 / 255, options.at("/input/scale").asDouble());
    assertEquals(0, options.at("/input/offset").asDouble());
    assertSameFiles(original, out.resolve("keras"));
    delete(original);
    assertEquals(
        result.evaluation().value("accuracy").orElseThrow(),
        Evaluate.run(out, null, null).value("accuracy").orElseThrow(),
        1e-6);

    // Handed on: the features of the new model are what the run's own model embeds.
    Path exported = dir.resolve("exported");
    Export.asKeras(out, exported);
    float[] embedding = answer(out.resolve("model"), exported);
    assertEquals(60 * 64, embedding.length);
    NpyFile.Floats centers = NpyFile.readFloats(exported.resolve("centers.npy"));
    assertArrayEquals(new int[] {10, 64}, centers.shape());
    assertArrayEquals(
        Saved.value(new RunFolder(out).checkpoints().variables(result.bestStep()), "centers"),
        centers.values());

    // To go on with the run the copy is enough as well.
    assertEquals(9, train(config(keras), out, true, StopSignal.onRequest()).steps());
  }

  /**
   * Compares the embedding of the run's model with that of the exported one and the exported head,
   * on the test images.
   */
  private float[] answer(Path own, Path exported) {
    Samples test = IdxFolder.read(data).test();
    int size = test.element().size();
    byte[] pixels = new byte[test.size() * size];
    for (int i = 0; i < test.size(); i++) {
      test.copy(i, pixels, i * size);
    }
    float[] scaled = new float[pixels.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (pixels[i] & 0xff) * (float) (1.0 / 255);
    }
    Shape shape = Shape.of(test.size(), 28, 28, 1);
    try (SavedModelBundle ours = SavedModelBundle.load(own.toString(), "serve");
        SavedModelBundle theirs = SavedModelBundle.load(exported.toString(), "serve");
        SavedModelBundle head =
            SavedModelBundle.load(exported.resolve("head").toString(), "serve");
        TUint8 bytes = TUint8.tensorOf(shape, DataBuffers.of(pixels, true, false));
        TFloat32 floats = TFloat32.tensorOf(shape, DataBuffers.of(scaled));
        Result expected = ours.call(Map.of("images", bytes));
        Result features = theirs.call(Map.of("images", floats));
        Result found = head.call(Map.of("features", features.get(0)))) {
      for (String name : List.of("embedding", "cosines")) {
        assertArrayEquals(floats(expected, name), floats(found, name), 1e-5f, name);
      }
      return floats(found, "embedding");
    }
  }

  private static float[] floats(Result result, String name) {
    TFloat32 tensor = (TFloat32) result.get(name).orElseThrow();
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  /** Dropout and batch norm in training mode: draws and statistics go on where they were. */
  @Test
  void interruptedItGoesOnToTheSameBits() throws IOException {
    TrainConfig config = config(mode(model("mobilenet-v2-keras2"), "none", "train", true));
    Train.Result whole = train(config, dir.resolve("whole"), false, StopSignal.onRequest());
    Path out = dir.resolve("parts");
    StopSignal stop = StopSignal.onRequest();
    stop.request();
    Train.Result first = train(config, out, false, stop);
    assertFalse(first.finished());
    assertEquals(1, first.steps());
    Train.Result rest = train(config, out, true, StopSignal.onRequest());
    assertEquals(whole.steps(), rest.steps());
    assertEquals(whole.evaluation(), rest.evaluation());
    assertSameFiles(latest(dir.resolve("whole")).getParent(), latest(out).getParent());
    // Another way of training is another run.
    refused(
        () ->
            train(
                config(mode(model("mobilenet-v2-keras2"), "none", "train", false)),
                out,
                true,
                StopSignal.onRequest()),
        "expected `dropout` true");
  }

  @Test
  void frozenVariablesKeepTheirValues() throws IOException {
    Path original = Path.of(model("softmax-0-4"));
    Path out = train(config(mode(original.toString(), "conv1|norm2", "frozen", false)), "run");
    Path exported = dir.resolve("exported");
    Export.asKeras(out, exported);
    int moved = 0;
    for (int i = 0; i < 25; i++) {
      float[] before = kernel(original, "variables/" + i + "/.ATTRIBUTES/VARIABLE_VALUE");
      float[] after = kernel(exported, "variables/" + i + "/.ATTRIBUTES/VARIABLE_VALUE");
      assertEquals(before.length, after.length);
      moved += Arrays.equals(before, after) ? 0 : 1;
    }
    // Of 15 that train one kernel, one gamma and one beta are frozen, and the 10 statistics are.
    assertEquals(12, moved);
    assertArrayEquals(
        kernel(original, "variables/0/.ATTRIBUTES/VARIABLE_VALUE"),
        Saved.value(latest(out), "keras/conv1/kernel"));
  }

  /** In 9 steps, one more layer every third: the last three of ten. */
  @Test
  void layersAreTrainedOneAfterAnother() throws IOException {
    Path original = Path.of(model("softmax-0-4"));
    TrainConfig config = config(from(original.toString())).with(Map.of("keras.unfreeze_every", 3));
    Path exported = dir.resolve("exported");
    Export.asKeras(train(config, "run"), exported);
    List<String> moved = new ArrayList<>();
    ModelVariables variables = ModelVariables.of(SavedModelFolder.read(original));
    for (ModelVariable variable : variables.ofSignatures()) {
      if (variable.trainable()
          && !Arrays.equals(
              kernel(original, variable.saved().key()), kernel(exported, variable.saved().key()))) {
        moved.add(variable.name().replaceFirst("/.*", ""));
      }
    }
    assertEquals(Set.of("features", "embedding", "norm4"), Set.copyOf(moved));
  }

  /** The model crawls while the centers run, and with a rate of its own it does not. */
  @Test
  void backboneHasALearningRateOfItsOwn() {
    float[] before = kernel(HEAD, headKey());
    for (boolean slow : new boolean[] {true, false}) {
      Path out = train(config(rate(model(ARTICLE), slow ? 1e-9 : 1e-3, HEAD)), "run-" + slow);
      Path original = Path.of(model(ARTICLE));
      double model =
          distance(
              kernel(original, "layer_with_weights-8/kernel/.ATTRIBUTES/VARIABLE_VALUE"),
              Saved.value(latest(out), "keras/embedding/kernel"));
      double centers = distance(transposed(before), Saved.value(latest(out), "centers"));
      assertTrue(centers > 1e-3, "centres " + centers);
      // Adam moves each number by at most about the rate in each of 9 steps.
      assertEquals(slow, model < 2e-8, "model " + model);
      assertTrue(slow || model > 1e-3, "model " + model);
    }
  }

  private static double distance(float[] some, float[] others) {
    double largest = 0;
    for (int i = 0; i < some.length; i++) {
      largest = Math.max(largest, Math.abs(some[i] - others[i]));
    }
    return largest;
  }

  private static String headKey() {
    return "layer_with_weights-10/kernel/.ATTRIBUTES/VARIABLE_VALUE";
  }

  /** Of [64, 10]. */
  private static float[] transposed(float[] kernel) {
    assertEquals(640, kernel.length);
    float[] rows = new float[640];
    for (int d = 0; d < 64; d++) {
      for (int c = 0; c < 10; c++) {
        rows[c * 64 + d] = kernel[d * 10 + c];
      }
    }
    return rows;
  }

  /** With a rate at which nothing moves, the centers after the run are those before. */
  @Test
  void beginsWithTheHeadOfAModel() throws IOException {
    Path out = train(config(rate(model(ARTICLE), null, HEAD), sgd(1e-30)), "run");
    assertArrayEquals(transposed(kernel(HEAD, headKey())), Saved.value(latest(out), "centers"));
    JsonNode head = json(out.resolve("config.json")).at("/options/head");
    assertEquals(0.5, head.get("margin").asDouble());
    assertEquals("30.0", head.get("scale").asText());

    // Another margin and scale in the metadata are other ones in the run, but for what was asked.
    Path other = copy(HEAD, dir.resolve("other"));
    Path file = other.resolve("keras_metadata.pb");
    String metadata = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertTrue(metadata.contains("\"margin\": 0.5") && metadata.contains("\"scale\": 30.0"));
    Files.writeString(
        file,
        metadata
            .replace("\"margin\": 0.5", "\"margin\": 0.4")
            .replace("\"scale\": 30.0", "\"scale\": 16.0"),
        StandardCharsets.ISO_8859_1);
    TrainConfig config = config(rate(model(ARTICLE), null, other), sgd(1e-30));
    Path run = train(config, "taken");
    JsonNode taken = json(run.resolve("config.json")).at("/options/head");
    assertEquals(0.4, taken.get("margin").asDouble());
    assertEquals("16.0", taken.get("scale").asText());
    JsonNode asked =
        json(train(config.withHead(config.head().withMargin(0.2)), "asked").resolve("config.json"))
            .at("/options/head");
    assertEquals(0.2, asked.get("margin").asDouble());
    assertEquals("16.0", asked.get("scale").asText());

    // The run has a copy of the model: it goes on, and is evaluated, without it.
    delete(other);
    assertEquals(9, train(config, run, true, StopSignal.onRequest()).steps());
    assertEquals("arcface", json(run.resolve("config.json")).at("/options/head/name").asText());
  }

  @Test
  void refusesABackboneOfOursBesides() {
    TrainConfig both =
        new TrainConfig(
            config(from(model("softmax-0-4"))).data(),
            HeadConfig.arcface(),
            ScheduleConfig.usual(),
            BackboneConfig.smallCnn(),
            OptimizerConfig.adam(),
            config(KerasConfig.none()).loop(),
            from(model("softmax-0-4")));
    Path out = dir.resolve("run");
    refused(
        () -> train(both, out, false, StopSignal.onRequest()),
        "backbone: expected that of the Keras model",
        "small-cnn");
    assertFalse(Files.exists(out));
  }

  @Test
  void refusesAHeadThatDoesNotFit() throws IOException {
    // 32 features, and 64 a class.
    TrainConfig wide =
        new TrainConfig(
            config(rate(model(ARTICLE), null, HEAD)).data(),
            HeadConfig.arcface(),
            ScheduleConfig.usual(),
            new BackboneConfig("keras", 32),
            OptimizerConfig.adam(),
            config(KerasConfig.none()).loop(),
            rate(model(ARTICLE), null, HEAD));
    Path out = dir.resolve("run");
    refused(() -> train(wide, out, false, StopSignal.onRequest()), "init head", "32", "64");
    refused(
        () ->
            train(
                config(rate(model(ARTICLE), null, Path.of(model("softmax-0-4")))),
                out,
                false,
                StopSignal.onRequest()),
        "init head",
        "none among",
        "`init-head-variable`");
    assertFalse(Files.exists(out));
  }

  /** Nothing is begun that cannot be trained: the folder is not made. */
  @Test
  void refusesBeforeTheFolderIsMade() throws IOException {
    Path out = dir.resolve("run");
    refused(
        () -> train(config(from(model("resnet-keras2"))), out, false, StopSignal.onRequest()),
        "[N, 32, 32, 3]",
        "28 x 28 with 1 channels");
    refused(
        () -> train(config(from(model("two-inputs"))), out, false, StopSignal.onRequest()),
        "picture",
        "column_means");
    refused(
        () ->
            train(
                config(mode(model("softmax-0-4"), "none", "train", false)),
                out,
                false,
                StopSignal.onRequest()),
        "training=True");
    refused(
        () ->
            train(
                config(mode(model("softmax-0-4"), "none", "thaw", false)),
                out,
                false,
                StopSignal.onRequest()),
        "batch norm",
        "thaw");
    refused(
        () -> train(config(KerasConfig.none()), out, false, StopSignal.onRequest()),
        "`from-keras`");
    refused(
        () ->
            train(config(mode(null, "conv1", "frozen", false)), out, false, StopSignal.onRequest()),
        "none for `freeze`",
        "`from-keras`");
    assertFalse(Files.exists(out));
  }

  @Test
  void exportsOnlyWhatCameFromKerasIntoAnEmptyFolder() throws IOException {
    TrainConfig usual = config(KerasConfig.none());
    Path plain =
        train(
            new TrainConfig(
                usual.data(),
                usual.head(),
                usual.schedule(),
                new BackboneConfig("small-cnn", 8),
                usual.optimizer(),
                usual.loop(),
                KerasConfig.none()),
            "plain");
    refused(
        () -> Export.asKeras(plain, dir.resolve("exported")),
        "made from a Keras model",
        "small-cnn");
    assertFalse(Files.exists(dir.resolve("exported")));

    Path run = train(config(mode(model("nested-functions"), "all", "frozen", false)), "run");
    Path full = Files.createDirectories(dir.resolve("full"));
    Files.writeString(full.resolve("letter.txt"), "dear");
    refused(() -> Export.asKeras(run, full), "empty folder", "letter.txt", "`to`");
    refused(() -> Export.asKeras(run, full.resolve("letter.txt")), "a file");
    try (Stream<Path> files = Files.list(full)) {
      assertEquals(1, files.count());
    }
    Path empty = Files.createDirectories(dir.resolve("empty"));
    Export.asKeras(run, empty);
    assertTrue(Files.exists(empty.resolve("head/saved_model.pb")));
    try (Stream<Path> files = Files.list(dir)) {
      assertTrue(files.noneMatch(f -> f.getFileName().toString().endsWith(".tmp")));
    }
  }

  private static void refused(Executable work, String... parts) {
    String message = assertThrows(IllegalArgumentException.class, work).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message + " lacks " + part);
    }
  }
}

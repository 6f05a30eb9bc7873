package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/** Whole runs on a small set: what they leave, read back. */
class RunTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 5, 40, 12);
  }

  private TrainConfig config(int epochs) {
    return config(epochs, 16);
  }

  private TrainConfig config(int epochs, int embedding) {
    TrainConfig usual = TrainConfig.usual();
    return new TrainConfig(
        DataConfig.fashionMnist()
            .with(
                Map.of(
                    "source",
                    data.toString(),
                    "validation",
                    0.1,
                    "image_size",
                    new ImageSize(32, 32))),
        usual.head(),
        usual.schedule(),
        new BackboneConfig("small-cnn", embedding),
        usual.optimizer(),
        Loops.of(epochs, null, 20, 2),
        KerasConfig.none());
  }

  private static Train.Result train(TrainConfig config, Path out, boolean resume, StopSignal stop) {
    return Train.run(config, new RunFolder(out), resume, stop, QUIET);
  }

  private static double sum(List<String> rows, int column) {
    return rows.stream().skip(1).mapToDouble(r -> Double.parseDouble(r.split(",")[column])).sum();
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  @Test
  void featuresOfTwoDimensionsAreShownInAPlane() throws IOException {
    Path out = dir.resolve("run");
    Evaluation evaluation = train(config(1, 2), out, false, StopSignal.onRequest()).evaluation();
    assertEquals(1, evaluation.value("variance_explained_3").orElseThrow(), 1e-6);
    assertTrue(Files.exists(out.resolve("report.html")));
  }

  @Test
  void leavesARunFolderThatStandsForItself() throws IOException {
    Path out = dir.resolve("run");
    Train.Result result = train(config(4), out, false, StopSignal.onRequest());
    assertTrue(result.finished());
    assertTrue(result.evaluation().value("accuracy").orElseThrow() > 0.9);
    assertEquals(28, result.evaluation().metrics().size());

    // The figures on disk, and those computed anew, are those of the run.
    JsonNode metrics = json(out.resolve("metrics.json"));
    Evaluation anew = Evaluate.run(out, null, null);
    result
        .evaluation()
        .metrics()
        .forEach(
            m -> {
              JsonNode value = metrics.get(m.name()).get("value");
              assertEquals(m.value().isEmpty(), value.isNull(), m.name());
              assertEquals(m.value().orElse(0), value.asDouble(), 1e-12);
              assertEquals(m.definition(), metrics.get(m.name()).get("definition").asText());
              assertEquals(m.value().orElse(-1), anew.value(m.name()).orElse(-1), 1e-6, m.name());
            });

    // So are the tables by class.
    Path perClass = dir.resolve("per_class.csv");
    Path confusion = dir.resolve("confusion.csv");
    Evaluate.run(EvaluateConfig.of(out).withReplicates(0).withTables(perClass, confusion), QUIET);
    List<String> rows = Files.readAllLines(perClass);
    assertEquals(Files.readAllLines(out.resolve("per_class.csv")), rows);
    assertEquals(Files.readAllLines(out.resolve("confusion.csv")), Files.readAllLines(confusion));
    assertEquals(
        result.evaluation().value("accuracy").orElseThrow(), sum(rows, 2) / sum(rows, 1), 1e-12);

    JsonNode config = json(out.resolve("config.json"));
    assertEquals(180, config.at("/data/training").asInt());
    assertEquals(20, config.at("/data/validation").asInt());
    assertEquals("arcface", config.at("/options/head/name").asText());
    assertEquals("2.18.0", config.at("/versions/tensorflow").asText());
    assertEquals(37, Files.readAllLines(out.resolve("history.csv")).size());
    String page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("arcface, m 0.5 on "));
    assertFalse(page.contains("{{"));
    try (var files = Files.list(out)) {
      assertTrue(files.noneMatch(f -> f.getFileName().toString().endsWith(".tmp")));
    }

    // The model takes images, needs no labels, and answers what the run measured.
    Samples test = IdxFolder.read(data).test();
    ImageShape shape = (ImageShape) test.element();
    byte[] pixels = new byte[test.size() * shape.size()];
    for (int i = 0; i < test.size(); i++) {
      test.copy(i, pixels, i * shape.size());
    }
    try (SavedModelBundle model = SavedModelBundle.load(out.resolve("model").toString(), "serve");
        TUint8 images =
            TUint8.tensorOf(
                Shape.of(test.size(), shape.height(), shape.width(), 1),
                DataBuffers.of(pixels, true, false));
        Result answer = model.call(Map.of("images", images))) {
      float[][] cosines = StdArrays.array2dCopyOf((TFloat32) answer.get("cosines").orElseThrow());
      float[][] embedding =
          StdArrays.array2dCopyOf((TFloat32) answer.get("embedding").orElseThrow());
      int right = 0;
      for (int i = 0; i < cosines.length; i++) {
        int best = 0;
        double square = 0;
        for (int k = 0; k < 5; k++) {
          best = cosines[i][k] > cosines[i][best] ? k : best;
        }
        for (float v : embedding[i]) {
          square += v * v;
        }
        assertEquals(1, square, 1e-5);
        right += best == test.label(i) ? 1 : 0;
      }
      assertEquals(result.evaluation().value("accuracy").orElseThrow(), right / 60.0, 1e-9);
    }
  }

  @Test
  void interruptedItGoesOnToTheSameFigures() throws IOException {
    Train.Result whole = train(config(2), dir.resolve("whole"), false, StopSignal.onRequest());
    Path out = dir.resolve("parts");
    StopSignal stop = StopSignal.onRequest();
    stop.request();
    Train.Result first = train(config(2), out, false, stop);
    assertFalse(first.finished());
    assertEquals(1, first.steps());
    assertFalse(Files.exists(out.resolve("metrics.json")));
    assertThrows(IllegalArgumentException.class, () -> Evaluate.run(out, null, null));
    Train.Result rest = train(config(2), out, true, StopSignal.onRequest());
    assertEquals(whole.evaluation(), rest.evaluation());
    // Once more: nothing is left to train, and the answer is the same.
    assertEquals(
        whole.evaluation(), train(config(2), out, true, StopSignal.onRequest()).evaluation());
  }

  @Test
  void aRunWhoseCheckpointsAreGoneDoesNotBeginAnew() throws IOException {
    Path out = dir.resolve("run");
    train(config(1), out, false, StopSignal.onRequest());
    Files.move(out.resolve("checkpoints"), dir.resolve("away"));
    String history = Files.readString(out.resolve("history.csv"));
    refused(
        () -> train(config(1), out, true, StopSignal.onRequest()),
        "expected checkpoints",
        "restore");
    assertEquals(history, Files.readString(out.resolve("history.csv")));
    Files.move(dir.resolve("away"), out.resolve("checkpoints"));
    assertTrue(train(config(1), out, true, StopSignal.onRequest()).finished());
  }

  /** The path that was typed means nothing in another folder; and data move. */
  @Test
  void dataAreFoundFromAnywhereAndSaidToBeGone() throws IOException {
    Path typed = Path.of("").toAbsolutePath().relativize(data.toAbsolutePath());
    TrainConfig usual = config(1);
    Path out = dir.resolve("run");
    train(
        usual.withData(usual.data().withSource(typed.toString())),
        out,
        false,
        StopSignal.onRequest());
    assertEquals(
        data.toString(), json(out.resolve("config.json")).at("/options/data/source").asText());
    Path moved = Files.move(data, dir.resolve("moved"));
    for (Executable use :
        List.<Executable>of(
            () -> Evaluate.run(out, null, null),
            () -> Outliers.run(out, 75),
            () -> Export.asServing(out, dir.resolve("served"), null, null),
            () -> train(usual, out, true, StopSignal.onRequest()))) {
      refused(use, "of the run " + out, "`data` PLACE");
    }
    train(
        usual.withData(usual.data().withSource(moved.toString())),
        out,
        true,
        StopSignal.onRequest());
    assertEquals(28, Evaluate.run(out, null, null).metrics().size());
  }

  /** By name, and with what to do. */
  @Test
  void aDamagedRunIsSaidToBeDamaged() throws IOException {
    Path out = dir.resolve("run");
    train(config(1), out, false, StopSignal.onRequest());
    Path variables;
    try (Stream<Path> files = Files.walk(out.resolve("checkpoints"))) {
      variables = files.filter(f -> f.toString().contains(".data-")).findAny().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(variables);
    for (int length : new int[] {0, 100, whole.length / 50}) {
      Files.write(variables, Arrays.copyOf(whole, length));
      refused(() -> Evaluate.run(out, null, null), "damaged or cut off", "restore");
    }
    Files.write(variables, whole);
    Files.move(out.resolve("model"), dir.resolve("away"));
    refused(() -> Inspect.run(out, Map.of()), "expected a finished one", "`resume` `out`");
    Path config = out.resolve("config.json");
    String json = Files.readString(config);
    for (String broken :
        List.of("", "{", "[1]", json.substring(0, 200), json.replace(": 3", ": x"))) {
      Files.writeString(config, broken);
      refused(() -> Evaluate.run(out, null, null), "found something else in line", "restore");
    }
  }

  /** Whatever begins in the same second. */
  @Test
  void noTwoRunsBeginInOneFolder() {
    List<RunFolder> fresh =
        IntStream.range(0, 50).parallel().mapToObj(i -> RunFolder.fresh("test")).toList();
    try {
      assertEquals(50, fresh.stream().map(RunFolder::path).distinct().count());
    } finally {
      fresh.forEach(RunFolder::removeIfEmpty);
    }
    assertFalse(Files.exists(fresh.get(0).path()));
  }

  @Test
  void resumesWhateverAnInterruptionLeft() throws IOException {
    // Before the configuration was written; and before the first checkpoint.
    Path out = dir.resolve("run");
    Files.createDirectories(out);
    Files.writeString(out.resolve(".config.json.tmp"), "{");
    refused(
        () -> train(config(1), out, true, StopSignal.onRequest()),
        "an empty folder",
        "`resume` out");
    assertTrue(train(config(1), out, false, StopSignal.onRequest()).finished());
    Path other = dir.resolve("other");
    StopSignal stop = StopSignal.onRequest();
    stop.request();
    train(config(1), other, false, stop);
    try (var files = Files.walk(other.resolve("checkpoints"))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.endsWith("checkpoints")) {
          Files.delete(file);
        }
      }
    }
    Train.Result anew = train(config(1), other, true, StopSignal.onRequest());
    assertEquals(9, anew.steps());
    assertEquals(10, Files.readAllLines(other.resolve("history.csv")).size());
  }

  @Test
  void refusesToResumeAsAnotherRun() throws IOException {
    Path out = dir.resolve("run");
    train(config(1), out, false, StopSignal.onRequest());
    refused(
        () ->
            train(
                config(1).withHead(config(1).head().withMargin(0.2)),
                out,
                true,
                StopSignal.onRequest()),
        "`margin` none",
        "0.2");
    Idx.folder(data, 5, 41, 12);
    refused(() -> train(config(1), out, true, StopSignal.onRequest()), "data", "other samples");
    refused(() -> Evaluate.run(out, null, null), "found others");
    assertEquals(28, Evaluate.run(out, data.toString(), null).metrics().size());
  }

  @Test
  void moreEpochsGoOnWithAFinishedRun() {
    Path out = dir.resolve("run");
    train(config(1), out, false, StopSignal.onRequest());
    assertEquals(18, train(config(2), out, true, StopSignal.onRequest()).steps());
    // Fewer were trained already.
    refused(
        () -> train(config(1), out, true, StopSignal.onRequest()),
        "resume " + out,
        "at least the 18 steps",
        "found 9",
        "`epochs` 2");
    assertEquals(18, train(config(2), out, true, StopSignal.onRequest()).steps());
  }

  /** A run that ended in mid-epoch and goes on tells the mean of the whole epoch. */
  @Test
  void anEpochEndedEarlyGoesOnToItsMean() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    ByteArrayOutputStream parts = new ByteArrayOutputStream();
    TrainConfig all = config(1);
    StopSignal never = StopSignal.onRequest();
    Train.run(all, new RunFolder(dir.resolve("whole")), false, never, new PrintStream(whole));
    Path out = dir.resolve("parts");
    train(all.with(Map.of("loop.steps", 4)), out, false, never);
    Train.run(all, new RunFolder(out), true, never, new PrintStream(parts));
    assertEquals(epoch(whole), epoch(parts));
  }

  private static String epoch(ByteArrayOutputStream told) {
    return told.toString()
        .lines()
        .filter(line -> line.startsWith("epoch 1"))
        .findFirst()
        .orElseThrow()
        .replaceFirst(", [0-9.]+ % .*", "");
  }

  @Test
  void resumesOnlyWhatIsThere() throws IOException {
    Path none = dir.resolve("mistyped");
    Path file = Files.createFile(dir.resolve("file"));
    for (Path out : List.of(none, file)) {
      refused(
          () -> train(config(1), out, true, StopSignal.onRequest()),
          "resume " + out,
          "the folder of a run",
          out == file ? "a file" : "nothing");
      refused(
          () ->
              Sweep.run(
                  SweepConfig.margins(config(1), List.of(0.1)),
                  new RunFolder(out),
                  true,
                  StopSignal.onRequest(),
                  QUIET),
          "resume " + out);
    }
    assertFalse(Files.exists(none));
  }

  /** Data that lies elsewhere is the same data. */
  @Test
  void resumesWithDataThatMoved() throws IOException {
    Path out = dir.resolve("run");
    train(config(1), out, false, StopSignal.onRequest());
    data = Files.move(data, dir.resolve("moved"));
    assertEquals(18, train(config(2), out, true, StopSignal.onRequest()).steps());
    assertEquals(28, Evaluate.run(out, null, null).metrics().size());
  }

  @Test
  void refusesFoldersThatWillNotDo() throws IOException {
    Path out = Files.createDirectories(dir.resolve("full"));
    Files.writeString(out.resolve("letter.txt"), "dear");
    refused(
        () -> train(config(1), out, false, StopSignal.onRequest()),
        "empty folder",
        "letter.txt",
        "`resume`");
    refused(() -> train(config(1), out, true, StopSignal.onRequest()), "a run", "letter.txt");
    refused(
        () -> train(config(1), out.resolve("letter.txt"), false, StopSignal.onRequest()),
        "a folder",
        "a file");
    refused(() -> Evaluate.run(out, null, null), "no config.json");
    Files.writeString(out.resolve("config.json"), "{nonsense");
    refused(() -> Evaluate.run(out, null, null), "configuration in", "config.json");
    refused(() -> new RunFolder(Path.of("/proc/nowhere")).open(false), "folder to write to");
  }

  @Test
  void choosesClassesAndDraws() throws IOException {
    TrainConfig config =
        new TrainConfig(
            DataConfig.fashionMnist()
                .with(
                    Map.of(
                        "source",
                        data.toString(),
                        "classes",
                        "1-2,4",
                        "limit",
                        60,
                        "validation",
                        0.1,
                        "image_size",
                        new ImageSize(32, 32))),
            HeadConfig.arcface(),
            ScheduleConfig.usual(),
            new BackboneConfig("small-cnn", 8),
            OptimizerConfig.adam(),
            Loops.of(1, null, 20, 2),
            KerasConfig.none());
    Path out = dir.resolve("run");
    train(config, out, false, StopSignal.onRequest());
    JsonNode written = json(out.resolve("config.json")).get("data");
    assertEquals(60, written.get("training").asInt());
    assertEquals(12, written.get("validation").asInt());
    assertEquals(36, written.get("test").asInt());
    assertEquals("[1,2,4]", written.get("original_classes").toString());
    assertEquals("[\"1\",\"2\",\"4\"]", written.get("class_names").toString());
    assertEquals(28, Evaluate.run(out, null, null).metrics().size());
  }

  /** Classes that were not trained are judged by what needs no centers. */
  @Test
  void evaluatesOnOtherClasses() throws IOException {
    Path out = dir.resolve("run");
    train(config(2), out, false, StopSignal.onRequest());
    Path other = Files.createDirectory(dir.resolve("other"));
    Idx.folder(other, 7, 10, 12);
    for (String part : List.of("train-images", "train-labels")) {
      try (Stream<Path> files = Files.list(other)) {
        Files.delete(
            files.filter(f -> f.getFileName().toString().startsWith(part)).findAny().orElseThrow());
      }
    }
    Evaluation found = Evaluate.run(out, other.toString(), 50);
    assertTrue(found.value("recall_at_1").orElseThrow() > 0);
    assertTrue(found.value("tar_at_far_1e-2").isPresent());
    assertTrue(found.value("accuracy").isEmpty());
    refused(() -> Evaluate.run(out, other.toString(), 1), "pair samples", "at least 2");
    refused(
        () -> Evaluate.run(byClass(out, other, dir.resolve("a.csv"), null), QUIET),
        "files by class",
        "other classes");
    refused(() -> Evaluate.run(byClass(out, other, dir, null), QUIET), "per-class file", "folder");
    refused(
        () -> Evaluate.run(byClass(out, other, null, dir.resolve("no/a.csv")), QUIET),
        "confusion file",
        "no such folder");
    refused(
        () -> Evaluate.run(byClass(out, other, dir.resolve("a.csv"), dir.resolve("a.csv")), QUIET),
        "confusion file",
        "both");
    assertFalse(Files.exists(dir.resolve("a.csv")));
    Evaluation some =
        Evaluate.run(
                EvaluateConfig.of(out)
                    .withData(other.toString())
                    .withClasses("5,6")
                    .withPairSamples(50),
                QUIET)
            .evaluation();
    assertTrue(found.metrics().get(0).definition().contains("over 84 test samples"));
    assertTrue(some.metrics().get(0).definition().contains("over 24 test samples"));
  }

  private static EvaluateConfig byClass(Path run, Path data, Path perClass, Path confusion) {
    return EvaluateConfig.of(run).withData(data.toString()).withTables(perClass, confusion);
  }

  /** Of a run and of a Keras model the same classes are the same samples. */
  @Test
  void evaluatesSomeClasses() throws IOException {
    Path model = Path.of("saved-models/softmax-0-4/model");
    Evaluation found =
        Evaluate.run(EvaluateConfig.of(model).withClasses("5-9").withPairSamples(200), QUIET)
            .evaluation();
    assertTrue(found.value("accuracy").isEmpty());
    assertTrue(found.value("recall_at_1").orElseThrow() > 0.5);
    assertTrue(found.metrics().get(0).definition().contains("over 5000 test samples"));
    refused(
        () -> Evaluate.run(EvaluateConfig.of(model).withClasses("5-10"), QUIET),
        "class selection",
        "0 to 9");
    refused(
        () -> Evaluate.run(EvaluateConfig.of(model).withTables(dir.resolve("a.csv"), null), QUIET),
        "files by class",
        "no class centres");
  }

  @Test
  void headsAreWhatTheirOptionsSay() {
    assertEquals(
        new AngularHead(
            new Margin.Angular(0.5, Guard.REFLECT), 30, FeatureNorm.UNIT, GradientMode.EXACT),
        HeadConfig.arcface().head(10, null));
    assertEquals(InnerProductHead.softmax(), named("softmax", null, null, null).head(10, null));
    assertEquals(
        AngularHead.modifiedSoftmax(), named("modified-softmax", null, null, null).head(10, null));
    assertEquals(AngularHead.cosFace(0.35, 30), named("cosface", null, null, null).head(10, null));
    assertEquals(
        new AngularHead(new Margin.Multiplicative(4), 30),
        named("sphereface", null, null, null).head(10, null));
    assertEquals(64, scale(named("cosface", null, "paper", null), 10));
    assertEquals(
        Math.sqrt(2) * Math.log(9), scale(named("normface", null, "auto", null), 10), 1e-12);
    assertEquals(1, scale(named("arcface", null, null, "keep"), 10));
    refused(() -> named("arkface", null, null, null).head(10, null), "one of softmax", "arkface");
    refused(() -> named("normface", 0.3, null, null).head(10, null), "margin", "none");
    refused(() -> named("sphereface", 2.5, null, null).head(10, null), "whole", "2.5");
    refused(() -> named("normface", null, "auto", null).head(2, null), "at least 3 classes");
    refused(() -> named("arcface", null, "big", null).head(10, null), "scale", "big");
    refused(() -> named("arcface", null, "-1", null).head(10, null), "scale", "-1");
    refused(() -> named("softmax", null, "30", null).head(10, null), "scale");
    refused(() -> named("arcface", null, null, "half").head(10, null), "feature norm", "half");
  }

  private static HeadConfig named(String name, Double margin, String scale, String norm) {
    return HeadConfig.named(name)
        .with("margin", margin)
        .with("scale", scale)
        .with("feature_norm", norm);
  }

  private static double scale(HeadConfig config, int classes) {
    return ((Scale.Fixed) ((AngularHead) config.head(classes, null)).scale()).value();
  }

  private static void refused(Executable work, String... parts) {
    String message = assertThrows(IllegalArgumentException.class, work).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message + " lacks " + part);
    }
  }
}

package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.eval.AllPairs;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.export.ModelCard;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.source.Idx;

/** Where thresholds come from, and which there are. */
class ThresholdCalibrationTest {
  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({
    // Nobody held out, one of each class, enough of each, enough for a second threshold.
    "4, 8, 0, true, 1, 'from 32 samples that were trained on'",
    "4, 12, 0.05, true, 1, 'the 4 samples held out make too few pairs'",
    "4, 12, 0.5, false, 1, '216 impostor pairs cannot show it, 1,000 can'",
    "4, 30, 0.5, false, 2, '1,350 impostor pairs cannot show it, 10,000 can'",
    // Two samples a class, but of too few classes; no pair at all.
    "2, 3, 0, false, 0, 'fewer than 100 impostor pairs'",
    "20, 1, 0, false, 0, 'or no genuine one'"
  })
  void fromSamplesHeldOutElseFromThoseTrainedOn(
      int classes, int ofEach, double validation, boolean trainedOn, int thresholds, String said)
      throws IOException {
    Path data = Idx.folder(dir.resolve("data"), classes, ofEach, 2);
    TrainConfig usual = TrainConfig.usual();
    TrainConfig config =
        new TrainConfig(
            DataConfig.fashionMnist()
                .with(
                    Map.of(
                        "source",
                        data.toString(),
                        "validation",
                        validation,
                        "image_size",
                        new ImageSize(32, 32))),
            usual.head(),
            usual.schedule(),
            new BackboneConfig("small-cnn", 8),
            usual.optimizer(),
            Loops.of(1, 1L, 6, 1),
            KerasConfig.none());
    Path run = dir.resolve("run");
    PrintStream quiet = new PrintStream(OutputStream.nullOutputStream());
    Train.run(config, new RunFolder(run), false, StopSignal.onRequest(), quiet);

    ByteArrayOutputStream told = new ByteArrayOutputStream();
    try (TrainedRun trained = TrainedRun.open(run, new PrintStream(told, true))) {
      Export.asServing(trained, dir.resolve("served"), null, null);
    }
    assertTrue(told.toString().contains(said), told.toString());
    ModelCard.Calibration found = ServedModel.read(dir.resolve("served")).card().calibration();
    if (thresholds == 0) {
      assertNull(found);
      return;
    }
    assertEquals(trainedOn, found.trainedOn());
    assertEquals(thresholds, found.thresholds().size());
    for (ModelCard.Threshold threshold : found.thresholds()) {
      assertTrue(found.impostorPairs() * threshold.targetFar() >= 1);
    }
  }

  /**
   * A collapsed network: no threshold of the card tells anything, and each is said to be left out.
   */
  @ParameterizedTest
  @CsvSource({"1", "0"})
  void aCollapsedNetworkHasNoThresholds(float value) {
    float[][] same = new float[60][4];
    int[] labels = new int[60];
    for (int i = 0; i < 60; i++) {
      same[i][0] = value;
      labels[i] = i % 3;
    }
    Verification pairs = AllPairs.of(new Embeddings(same, labels)).verification().orElseThrow();
    ModelCard.Calibration found = ThresholdCalibration.of(60, pairs, false);
    assertEquals(List.of(), found.thresholds());

    ByteArrayOutputStream told = new ByteArrayOutputStream();
    ThresholdCalibration.sayLeftOut(found, new PrintStream(told, true));
    List<String> lines = told.toString().lines().toList();
    assertEquals(3, lines.size(), told.toString());
    for (int i = 0; i < 3; i++) {
      assertTrue(lines.get(i).startsWith("no threshold for FAR 1e-" + (i + 2)), lines.get(i));
    }
    assertTrue(lines.get(0).contains("does not tell the classes apart"), lines.get(0));
  }

  @ParameterizedTest
  @CsvSource({"0.01, 1e-2", "0.001, 1e-3", "1e-4, 1e-4", "0.1, 1e-1", "0.05, 0.05"})
  void farIsWrittenInOneWay(double far, String written) {
    assertEquals(written, Verification.written(far));
  }

  /** A network that gives many samples of different classes one embedding has no such threshold. */
  @ParameterizedTest
  @CsvSource({"0, 2", "1, 2", "2, 1", "10, 1", "11, 0", "1000, 0"})
  void noThresholdIsAboveOne(int alike, int thresholds) {
    float[] impostor = new float[1000];
    Arrays.fill(impostor, 1000 - alike, 1000, 1);
    ModelCard.Calibration found =
        ThresholdCalibration.of(20, Verification.of(new float[] {0.9f, 1}, impostor), false);
    assertEquals(thresholds, found.thresholds().size());
  }

  /** One of each of thousands of classes would be no genuine pair. */
  @Test
  void manyClassesStillMakePairs() {
    Protocol protocol = Protocol.quick(1);
    int n = protocol.pairSamples();
    int[] many = IntStream.range(0, 3 * n).map(i -> i / 2).toArray();
    int[] drawn = ThresholdCalibration.drawn(many, protocol, 1);
    assertEquals(n, drawn.length);
    assertEquals(n / 2, Arrays.stream(drawn).map(i -> many[i]).distinct().count());
    assertArrayEquals(drawn, Arrays.stream(drawn).sorted().toArray());
    int[] few = IntStream.range(0, 3 * n).map(i -> i % 10).toArray();
    assertArrayEquals(Draw.balanced(few, n, 1), ThresholdCalibration.drawn(few, protocol, 1));
  }
}

package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

/** Which checkpoint is the best, and when there is no use in going on. */
class ValidationTest {
  private static final Backbone LINEAR =
      (layers, images) -> layers.dense("features", layers.flatten(images), 6);

  @TempDir Path dir;
  private TrainTest data;

  @BeforeEach
  void setUp() throws IOException {
    data = IdxFolder.read(Idx.folder(dir.resolve("data"), 4, 8, 5));
  }

  private TrainingGraph graph(Head head) {
    return new TrainingGraph(
        new Network(data.train().element(), LINEAR, head, 4),
        new Optimizer.Sgd(0.9, false, 0),
        0,
        1,
        Device.parse("cpu").session(1));
  }

  private static TrainingPlan plan(int epochs) {
    return new TrainingPlan(
        2L * epochs,
        2,
        16,
        7,
        new LearningRate(0.01, new LearningRate.Constant(), 0),
        new Schedule.Constant(),
        new Schedule.Constant());
  }

  /** A figure that is what a script says, epoch after epoch. */
  private static ValidationFigure scripted(double[] values, AtomicInteger epoch, boolean higher) {
    return new ValidationFigure(
        "scripted", higher, (graph, samples) -> values[epoch.getAndIncrement()]);
  }

  private TrainingState train(Path folder, Validation validation, int stopAfter) {
    Checkpoints checkpoints = new Checkpoints(folder);
    TrainingState from = checkpoints.latest().orElse(TrainingState.start());
    try (TrainingGraph graph = graph(AngularHead.arcFace(0.3, 10))) {
      if (from.step() == 0) {
        graph.initialize();
      } else {
        checkpoints.restore(graph, from);
      }
      AtomicInteger steps = new AtomicInteger();
      return new Trainer(graph, plan(12), checkpoints, List.of())
          .run(
              Epochs.shuffled(data.train(), 16, 7),
              validation,
              from,
              () -> steps.incrementAndGet() > stopAfter);
    }
  }

  /** Against the rule as it is told: the latest of the best; epochs since it became better. */
  @Test
  void theBestIsChosenAndPatienceCounted() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 12; round++) {
      boolean higher = random.nextBoolean();
      int patience = random.nextInt(1, 5);
      double[] values = new double[12];
      for (int i = 0; i < values.length; i++) {
        int kind = random.nextInt(5);
        values[i] = kind == 0 ? Double.NaN : random.nextInt(-2, 3);
      }
      int best = -1;
      int improved = -1;
      int epochs = 0;
      while (epochs < 12 && (epochs == 0 || epochs - 1 - improved < patience)) {
        double value = values[epochs];
        double than = best < 0 ? Double.NaN : values[best];
        boolean better =
            best < 0
                || !Double.isNaN(value)
                    && (Double.isNaN(than) || (higher ? value > than : value < than));
        if (better || Double.compare(value, than) == 0) {
          best = epochs;
        }
        improved = better ? epochs : improved;
        epochs++;
      }
      Validation validation =
          new Validation(data.test(), scripted(values, new AtomicInteger(), higher), patience);
      TrainingState state = train(dir.resolve("run" + round), validation, Integer.MAX_VALUE - 1);
      String said = higher + " " + patience + Arrays.toString(values);
      assertEquals(2L * epochs, state.step(), said);
      assertEquals(2L * (best + 1), state.bestStep(), said);
      assertEquals(2L * (improved + 1), state.improvedStep(), said);
      assertEquals(values[best], state.bestFigure(), said);
      assertEquals(epochs < 12, state.step() < 24, said);
    }
  }

  /** Stopped in the middle and gone on with, patience is counted as if never stopped. */
  @Test
  void patienceSurvivesBeingStopped() {
    double[] values = {1, 3, 2, 3, 2, 2.5, 1, 9, 9, 9, 9, 9};
    Validation whole = new Validation(data.test(), scripted(values, new AtomicInteger(), true), 4);
    TrainingState expected = train(dir.resolve("whole"), whole, Integer.MAX_VALUE - 1);
    assertEquals(12, expected.step());
    AtomicInteger epoch = new AtomicInteger();
    TrainingState found = TrainingState.start();
    for (int session = 0; session < 9; session++) {
      found =
          train(
              dir.resolve("parts"),
              new Validation(data.test(), scripted(values, epoch, true), 4),
              2);
    }
    assertEquals(expected, found);
    // With more patience it goes on, and finds what is better.
    found =
        train(
            dir.resolve("parts"),
            new Validation(data.test(), scripted(values, epoch, true), 6),
            Integer.MAX_VALUE - 1);
    assertEquals(24, found.step());
    assertEquals(24, found.bestStep(), "the latest of equals");
    assertEquals(16, found.improvedStep());
  }

  @Test
  void statesOfOlderVersionsAreRead() throws IOException {
    ObjectMapper json = new ObjectMapper();
    String old =
        "{\"step\":30,\"epochLoss\":1.5,\"epochAccuracy\":2.5,\"bestStep\":20,\"bestAccuracy\":0.75}";
    TrainingState state = json.readValue(old, TrainingState.class);
    assertEquals(new TrainingState(30, 1.5, 2.5, 20, 0.75, 20), state);
    TrainingState odd = new TrainingState(30, 1.5, 2.5, 20, Double.NaN, 10);
    assertEquals(odd, json.readValue(json.writeValueAsString(odd), TrainingState.class));
  }

  static List<Head> heads() {
    return List.of(
        AngularHead.arcFace(0.3, 10), AngularHead.cosFace(0.2, 10), InnerProductHead.softmax());
  }

  /** The loss of samples is that which a step on them would have, however many batches it takes. */
  @ParameterizedTest
  @MethodSource("heads")
  void lossIsThatOfTheHead(Head head) {
    try (TrainingGraph graph = graph(head)) {
      graph.initialize();
      Samples some = data.test();
      double expected = graph.step(batch(some), 0, 0, 1, 1).loss();
      assertEquals(expected, graph.loss(some), 1e-6 * expected);
      int[] often = new int[some.size() * 29];
      Arrays.setAll(often, i -> i % some.size());
      assertEquals(expected, graph.loss(new Subset(some, often)), 1e-6 * expected);
      double half = graph.step(batch(some), 0, 0, 0.5, 1).loss();
      assertTrue(head instanceof InnerProductHead || Math.abs(half - expected) > 1e-3);
    }
  }

  private static Batch batch(Samples samples) {
    int bytes = samples.element().bytes();
    byte[] pixels = new byte[samples.size() * bytes];
    for (int i = 0; i < samples.size(); i++) {
      samples.copy(i, pixels, i * bytes);
    }
    return new Batch(samples.size(), pixels, samples.labels(), new int[samples.size()]);
  }

  @Test
  void historyHasTheFigure() throws IOException {
    Path file = dir.resolve("history.csv");
    double[] values = {4, Double.NaN, 2};
    ValidationFigure figure = scripted(values, new AtomicInteger(), false);
    Validation validation = new Validation(data.test(), figure, null);
    try (TrainingGraph graph = graph(AngularHead.arcFace(0.3, 10));
        HistoryCsv history = HistoryCsv.open(file, 0, validation.figures())) {
      graph.initialize();
      new Trainer(graph, plan(3), new Checkpoints(dir.resolve("c")), List.of(history))
          .run(
              Epochs.shuffled(data.train(), 16, 7), validation, TrainingState.start(), () -> false);
    }
    List<String> lines = Files.readAllLines(file);
    assertTrue(lines.get(0).endsWith(",validation_accuracy,validation_scripted"), lines.get(0));
    assertTrue(lines.get(1).endsWith(",,"), lines.get(1));
    List<Double> read = new ArrayList<>();
    for (HistoryCsv.Row row : HistoryCsv.read(file)) {
      if (!row.validation().isEmpty()) {
        read.add(row.validation().get("scripted"));
        assertTrue(row.validationAccuracy() >= 0);
      }
    }
    assertEquals(List.of(4.0, Double.NaN, 2.0), read);
    // Opened again for the steps after the fourth.
    HistoryCsv.open(file, 4, validation.figures()).close();
    assertEquals(lines.subList(0, 5), Files.readAllLines(file));
  }
}

package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.EpochOrder;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

/** Each alarm from what it should see, and silence otherwise. */
class AlarmListenerTest {
  @TempDir Path dir;

  private static List<String> alarms(int steps, IntFunction<StepResult> seen) {
    List<String> alarms = new ArrayList<>();
    try (AlarmListener listener =
        new AlarmListener(10, 200, (strength, share) -> 16.58 * strength, alarms::add)) {
      for (int i = 0; i < steps; i++) {
        listener.step(new TrainingListener.Step(i + 1, 1, seen.apply(i), 1e-3, 1, 1));
      }
    }
    return alarms;
  }

  private static void assertAlarm(List<String> alarms, String... parts) {
    assertEquals(1, alarms.size(), alarms.toString());
    for (String part : parts) {
      assertTrue(alarms.get(0).contains(part), alarms.get(0));
    }
  }

  @Test
  void collapse() {
    assertAlarm(
        alarms(300, i -> new StepResult(5, 0.3, Math.min(170, 90 + i), 11, 1, 0.5)),
        "alarm, collapse",
        "120",
        "`guard` reflect");
    assertAlarm(
        alarms(300, i -> new StepResult(Math.max(0.004, 16 - i), 0.0, 100, 11, 1, 0.5)),
        "alarm, collapse",
        "chance");
  }

  /** Zero, too small or too large to have a direction. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-20, 1e19})
  void zeroFeatures(double norm) {
    assertAlarm(
        alarms(100, i -> new StepResult(2.3, 0.1, 90, norm, 1, 0)),
        "alarm, zero features at step 10",
        "1e-18..1e18");
  }

  @Test
  void deadStart() {
    assertAlarm(
        alarms(300, i -> new StepResult(17, 0.1, 90, 11, 1, 0.5)),
        "alarm, dead start",
        "`lr` tenfold");
  }

  @Test
  void explodingNorms() {
    assertAlarm(
        alarms(300, i -> new StepResult(3, 0.8, 40, 11 * Math.exp(i * 0.05), 1, 0.5)),
        "alarm, exploding norms",
        "features");
    assertAlarm(
        alarms(300, i -> new StepResult(3, 0.8, 40, 11, Math.exp(i * 0.05), 0.5)), "class centres");
  }

  @Test
  void silentWhereThingsGoWell() {
    assertEquals(
        List.of(),
        alarms(
            2000,
            i ->
                new StepResult(
                    0.01 + 18 * Math.exp(-i / 100.0),
                    1 - 0.9 * Math.exp(-i / 50.0),
                    30 + 60 * Math.exp(-i / 200.0),
                    11 + i * 0.01,
                    1 + i * 1e-3,
                    0.5)));
    // The loss of a large margin may stay high while accuracy rises.
    assertEquals(List.of(), alarms(600, i -> new StepResult(17, 0.4, 80, 11, 1, 0.5)));
  }

  /** It takes as long as some steps, and with many classes longer. */
  @ParameterizedTest
  @ValueSource(doubles = {0.8, 0.001})
  void theExpectedLossIsNotAskedForAtEachStep(double accuracy) {
    AtomicInteger asked = new AtomicInteger();
    try (AlarmListener listener =
        new AlarmListener(
            1000,
            100,
            (strength, share) -> {
              asked.incrementAndGet();
              return 20;
            },
            line -> {})) {
      StepResult seen = new StepResult(10, accuracy, 80, 11, 1, 0.5);
      for (int i = 0; i < 1000; i++) {
        listener.step(new TrainingListener.Step(i + 1, 1, seen, 1e-3, 1, 1));
      }
    }
    assertTrue(asked.get() <= (accuracy > 0.5 ? 0 : 100), asked.toString());
  }

  @Test
  void collapseIsSaidWithinTwentySteps() {
    assertAlarm(
        alarms(20, i -> new StepResult(5, 0.1, 90, 11, 1, i < 5 ? 0.3 : 1e-7)),
        "alarm, collapse at step 15",
        "all samples have pointed one way");
    // A batch of one class that is learnt is no collapse, nor are features that begin alike.
    assertEquals(List.of(), alarms(300, i -> new StepResult(0.01, 1, 1, 11, 1, 1e-7)));
    assertEquals(
        List.of(), alarms(60, i -> new StepResult(2, 0.4, 80, 11, 1, i < 8 ? 1e-6 : 0.01)));
  }

  @Test
  void aLossThatExplodesIsSaidWithinTwentySteps() {
    assertAlarm(
        alarms(20, i -> new StepResult(i == 0 ? 4.32 : 1285, 0.1, 90, 11, 1, 0.5)),
        "alarm, exploding loss at step 10",
        "`lr` tenfold");
    // A loss as large as a margin makes it is none.
    assertEquals(List.of(), alarms(100, i -> new StepResult(60, 0.3, 90, 11, 1, 0.5)));
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  /**
   * Each head on a real network: nothing is said of an ordinary run, and of one that is wrecked.
   */
  @ParameterizedTest
  @MethodSource("heads")
  void heardOfWreckedRunsAlone(String name) throws IOException {
    TrainTest data = IdxFolder.read(Idx.folder(dir.resolve("data"), 4, 40, 10));
    Head head = HeadConfig.named(name).head(4, new int[] {40, 40, 40, 40});
    List<String> alarms = new ArrayList<>();
    assertTrue(accuracy(data, new SmallCnn(8), head, 1e-3, 40, alarms) > 0.9, name);
    assertEquals(List.of(), alarms, name);
    // Without batch norm nothing holds the features.
    Backbone bare =
        (layers, images) ->
            layers.dense(
                "embedding", layers.relu(layers.dense("hidden", layers.flatten(images), 16)), 8);
    double accuracy = accuracy(data, bare, head, 100, 20, alarms);
    assertTrue(accuracy > 0.5 || !alarms.isEmpty(), name + " " + accuracy);
  }

  /** Of the last ten steps. */
  private static double accuracy(
      TrainTest data, Backbone backbone, Head head, double rate, int steps, List<String> alarms) {
    TrainingPlan plan =
        new TrainingPlan(
            steps,
            10,
            16,
            7,
            new LearningRate(rate, new LearningRate.Constant(), 0),
            new Schedule.Rise(0.1),
            new Schedule.Constant());
    Network network = new Network(data.train().element(), backbone, head, 4);
    double last = 0;
    try (TrainingGraph graph =
            new TrainingGraph(
                network,
                new Optimizer.Adam(0.9, 0.999, 1e-7),
                0,
                1,
                Device.parse("cpu").session(2));
        AlarmListener listener =
            new AlarmListener(4, 500, (m, s) -> ExpectedLoss.of(head, 4, 8, m, s), alarms::add)) {
      graph.initialize();
      for (int step = 0; step < steps; ) {
        last = 0;
        int[] order = EpochOrder.shuffled(data.train().size(), 7, step / 10);
        try (Batches batches = new Batches(data.train(), order, 16, 0, true)) {
          for (int i = 0; i < 10; i++, step++) {
            double strength = plan.margin().at(step, steps, 10);
            StepResult seen = graph.step(batches.next(), step, rate, strength, 1);
            last += seen.accuracy() / 10;
            listener.step(
                new TrainingListener.Step(step + 1, step / 10 + 1, seen, rate, strength, 1));
          }
        }
      }
    } catch (DivergedException e) {
      alarms.add(e.getMessage());
    }
    return last;
  }
}

package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.ResidentMemory;
import org.marginsoftmax.augment.Augmentation;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.Augmenter;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Mixer;
import org.marginsoftmax.data.Sampler;
import org.marginsoftmax.data.Shuffled;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.sampler.PByK;
import org.marginsoftmax.sampler.PerClassLimit;
import org.marginsoftmax.sampler.Weighted;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

/** The loop on a small set of its own: learning, stopping, going on, diverging. */
class TrainerTest {
  /** Of samples in the data; none of these heads draws. */
  private static final int[] NUMBERS = {};

  @TempDir Path dir;
  private TrainTest data;
  private static final int[] COUNTS = {40, 30, 20, 10};

  private Network network;

  @BeforeEach
  void setUp() throws IOException {
    data = IdxFolder.read(Idx.folder(dir.resolve("data"), 4, 40, 10));
    network = new Network(data.train().element(), new SmallCnn(8), AngularHead.arcFace(0.3, 10), 4);
  }

  private static TrainingPlan plan(int epochs) {
    return new TrainingPlan(
        epochs * 10L,
        10,
        16,
        7,
        new LearningRate(0.003, new LearningRate.Cosine(), 0),
        new Schedule.Rise(0.1),
        new Schedule.Constant());
  }

  private TrainingGraph graph(boolean neighbors, boolean mixes) {
    return new TrainingGraph(
        network,
        new Update(new Optimizer.Adam(0.9, 0.999, 1e-7), 5),
        1,
        Processes.one(Device.parse("cpu").session(2)),
        neighbors,
        mixes);
  }

  private TrainingState train(
      Path folder, TrainingPlan plan, BooleanSupplier stop, List<TrainingListener> listeners) {
    Epochs epochs = Epochs.shuffled(data.train(), plan.batchSize(), plan.seed());
    return train(folder, plan, epochs, stop, listeners);
  }

  private TrainingState train(
      Path folder,
      TrainingPlan plan,
      Epochs epochs,
      BooleanSupplier stop,
      List<TrainingListener> listeners) {
    Checkpoints checkpoints = new Checkpoints(folder);
    TrainingState from = checkpoints.latest().orElse(TrainingState.start());
    try (TrainingGraph graph =
        graph(epochs.sampler().needsNeighbors(), epochs.mixer() != Mixer.NONE)) {
      if (from.step() == 0) {
        graph.initialize();
      } else {
        checkpoints.restore(graph, from);
      }
      return new Trainer(graph, plan, checkpoints, listeners).run(epochs, data.test(), from, stop);
    }
  }

  private float[][] cosines(Path folder, long step) {
    try (ScoringGraph scoring =
        ScoringGraph.restore(
            network, Device.parse("cpu").session(2), new Checkpoints(folder).variables(step))) {
      return scoring.cosines(data.test());
    }
  }

  @ParameterizedTest
  @EnumSource
  void learns(Precision precision) {
    network = network.withPrecision(precision);
    TrainingState state = train(dir.resolve("a"), plan(4), () -> false, List.of());
    assertEquals(40, state.step());
    assertTrue(state.bestFigure() > 0.9, "accuracy " + state.bestFigure());
  }

  @Test
  void theSameSeedGivesTheSameRunToTheBit() {
    train(dir.resolve("a"), plan(1), () -> false, List.of());
    train(dir.resolve("b"), plan(1), () -> false, List.of());
    assertArrayEquals(cosines(dir.resolve("a"), 10), cosines(dir.resolve("b"), 10));
  }

  @Test
  void stoppedAnywhereItGoesOnAsIfNeverStopped() throws IOException {
    TrainingPlan plan = plan(3);
    Path whole = dir.resolve("whole");
    Path parts = dir.resolve("parts");
    TrainingState expected =
        train(whole, plan, () -> false, List.of(HistoryCsv.open(dir.resolve("whole.csv"), 0)));
    TrainingState found = null;
    for (int session = 0;
        session < 6 && (found == null || found.step() < plan.steps());
        session++) {
      AtomicInteger asked = new AtomicInteger();
      long from = found == null ? 0 : found.step();
      try (HistoryCsv history = HistoryCsv.open(dir.resolve("parts.csv"), from)) {
        // Asked after each step: stops in mid-epoch, after 7 steps of each session.
        found = train(parts, plan, () -> asked.incrementAndGet() > 7, List.of(history));
      }
      assertTrue(found.step() > from);
    }
    assertEquals(expected, found);
    assertArrayEquals(cosines(whole, 30), cosines(parts, 30));
    assertEquals(
        HistoryCsv.read(dir.resolve("whole.csv")), HistoryCsv.read(dir.resolve("parts.csv")));
  }

  /** With every sampler and with augmentation, and other numbers of threads in each session. */
  @Test
  void withEverySamplerAndAugmentationItGoesOnAsIfNeverStopped() {
    int[] labels = data.train().labels();
    Augmenter augmenter = Augmentation.of("rotate:1:9,noise:0.5:20,erase", data.train().element());
    List<Sampler> samplers =
        List.of(
            new Shuffled(160),
            new PByK(labels, 4, 4, 4, false),
            new PByK(labels, 4, 2, 8, true),
            Weighted.balanced(labels, 4, 1),
            new PerClassLimit(labels, 4, 40));
    TrainingPlan plan = plan(2);
    for (int i = 0; i < samplers.size(); i++) {
      Path whole = dir.resolve("whole" + i);
      Path parts = dir.resolve("parts" + i);
      TrainingState expected =
          train(whole, plan, epochs(samplers.get(i), augmenter, 1), () -> false, List.of());
      TrainingState found = null;
      for (int threads = 2; found == null || found.step() < plan.steps(); threads++) {
        AtomicInteger asked = new AtomicInteger();
        found =
            train(
                parts,
                plan,
                epochs(samplers.get(i), augmenter, threads),
                () -> asked.incrementAndGet() > 7,
                List.of());
      }
      assertEquals(expected, found);
      assertArrayEquals(cosines(whole, 20), cosines(parts, 20));
    }
  }

  private Epochs epochs(Sampler sampler, Augmenter augmenter, int threads) {
    Mixer mixer =
        sampler instanceof Shuffled
            ? Augmentation.mixer("mixup:0.5:1,cutmix:0.5:1", data.train().element())
            : Mixer.NONE;
    return new Epochs(data.train(), sampler, augmenter, mixer, 16, 7, threads);
  }

  static Stream<String> headsThatMix() {
    return Heads.names().stream().filter(name -> HeadConfig.named(name).head(4, COUNTS).mixes());
  }

  /**
   * The loss of a step on mixtures is that of both labels, in shares: TensorFlow computes once what
   * the two have in common, and neither overwrites it.
   */
  @ParameterizedTest
  @MethodSource("headsThatMix")
  void aStepOnMixturesHasTheMixtureOfTwoLosses(String head) {
    network =
        new Network(
            data.train().element(), new SmallCnn(8), HeadConfig.named(head).head(4, COUNTS), 4);
    byte[] pixels = new byte[16 * 64];
    new Random(5).nextBytes(pixels);
    int[] own = IntStream.range(0, 16).map(i -> i % 4).toArray();
    int[] others = IntStream.range(0, 16).map(i -> i / 4).toArray();
    double[] losses = new double[3];
    for (int i = 0; i < 3; i++) {
      Batch batch =
          i < 2
              ? new Batch(16, pixels, i == 0 ? own : others, NUMBERS)
              : new Batch(16, pixels, own, NUMBERS, others, 0.7);
      try (TrainingGraph graph = graph(false, i == 2)) {
        graph.initialize();
        losses[i] = graph.step(batch, 0, 0.001, 1, 1).loss();
      }
    }
    double mixed = 0.7 * losses[0] + 0.3 * losses[1];
    assertEquals(mixed, losses[2], 2e-5 * Math.max(5, mixed));
  }

  /** On a circle, at angles that say who is near to whom; those of the beginning of the epoch. */
  @Test
  void findsTheNearestClassesOfTheBeginningOfTheEpoch() {
    double[] angles = {0, 100, 10, 250, 30, 205, 66};
    for (int subcenters : new int[] {1, 3}) {
      float[] centers = new float[7 * subcenters * 2];
      for (int row = 0; row < 7 * subcenters; row++) {
        // Sub-centers lie about the angle of their class, at other norms.
        double angle =
            Math.toRadians(angles[row / subcenters] + (row % subcenters - subcenters / 2) * 2);
        centers[2 * row] = (float) ((1 + row % 2) * Math.cos(angle));
        centers[2 * row + 1] = (float) ((1 + row % 2) * Math.sin(angle));
      }
      network =
          new Network(
                  data.train().element(),
                  new SmallCnn(2),
                  AngularHead.arcFace(0.3, 10).withSubcenters(subcenters),
                  7)
              .withCenters(
                  (tf, shape, seed, name) -> tf.reshape(tf.constant(centers), tf.constant(shape)));
      try (TrainingGraph graph = graph(true, false)) {
        graph.initialize();
        graph.beginEpoch();
        int[] asked = {0, 1, 2, 3, 4, 5, 6, 2};
        int[][] found = graph.nearestClasses(asked, 6);
        for (int i = 0; i < asked.length; i++) {
          int own = asked[i];
          int[] expected =
              IntStream.range(0, 7)
                  .filter(k -> k != own)
                  .boxed()
                  .sorted(
                      Comparator.comparingDouble(
                          k -> -Math.cos(Math.toRadians(angles[k] - angles[own]))))
                  .mapToInt(k -> k)
                  .toArray();
          assertArrayEquals(expected, found[i], "class " + own + ", K " + subcenters);
        }
        assertArrayEquals(new int[] {found[5][0]}, graph.nearestClasses(new int[] {5}, 1)[0]);
        try (Batches batches =
            Epochs.shuffled(data.train(), 16, 1).batches(0, 0, graph::nearestClasses)) {
          for (int step = 0; step < 5; step++) {
            graph.step(batches.next(), step, 0.5, 1, 1);
          }
        }
        assertArrayEquals(found, graph.nearestClasses(asked, 6));
        graph.beginEpoch();
        assertFalse(Arrays.deepEquals(found, graph.nearestClasses(asked, 6)));
      }
    }
  }

  @Test
  void keepsTheBestAndTheLatestCheckpointOnly() throws IOException {
    TrainingState state = train(dir.resolve("a"), plan(4), () -> false, List.of());
    try (var files = Files.list(dir.resolve("a"))) {
      List<String> names = files.map(f -> f.getFileName().toString()).sorted().toList();
      List<String> expected =
          Stream.of(state.bestStep(), 40L).distinct().map("step-%08d"::formatted).toList();
      assertEquals(expected, names);
    }
  }

  @Test
  void aCheckpointThatIsNotWholeIsNotSeen() throws IOException {
    Path folder = dir.resolve("a");
    TrainingState state = train(folder, plan(1), () -> false, List.of());
    Files.createDirectories(folder.resolve(".step-00000020.tmp"));
    Files.createDirectories(folder.resolve("step-00000030"));
    assertEquals(state, new Checkpoints(folder).latest().orElseThrow());
    assertTrue(new Checkpoints(dir.resolve("none")).latest().isEmpty());
  }

  @Test
  void aCheckpointThatCannotBeWrittenLeavesTheOthers() throws IOException {
    Path folder = dir.resolve("a");
    TrainingState state = train(folder, plan(1), () -> false, List.of());
    // Below a file no folder can be made.
    CheckpointException refused =
        assertThrows(
            CheckpointException.class,
            () -> {
              try (TrainingGraph graph = graph(false, false)) {
                graph.initialize();
                new Checkpoints(dir.resolve("data").resolve("train-images").resolve("x"))
                    .save(graph, TrainingState.start());
              }
            });
    assertTrue(refused.getMessage().contains("`resume`"), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
    assertEquals(state, new Checkpoints(folder).latest().orElseThrow());
  }

  @Test
  void stopsWhereTheLossIsNoNumber() {
    Backbone broken =
        (layers, images) -> {
          var features = new SmallCnn(8).features(layers, images);
          var tf = layers.tf();
          return tf.math.div(features, tf.zerosLike(features));
        };
    network = new Network(data.train().element(), broken, AngularHead.arcFace(0.3, 10), 4);
    DivergedException diverged =
        assertThrows(
            DivergedException.class,
            () -> train(dir.resolve("a"), plan(1), () -> false, List.of()));
    assertTrue(
        diverged.getMessage().contains("NaN at step 1, first in sample 0 of its batch"),
        diverged.getMessage());
    assertFalse(Files.exists(dir.resolve("a")));
  }

  /** A rate that throws a kernel out of float32: the step after it names the kernel. */
  @Test
  void namesTheVariableThatIsNoNumber() {
    network =
        new Network(
            data.train().element(),
            (layers, images) -> layers.dense("features", layers.flatten(images), 6),
            InnerProductHead.softmax(),
            4);
    byte[] pixels = new byte[4 * data.train().element().size()];
    Arrays.fill(pixels, (byte) 255);
    Batch batch = new Batch(4, pixels, new int[] {0, 1, 2, 3}, NUMBERS);
    try (TrainingGraph graph =
        new TrainingGraph(
            network, new Optimizer.Sgd(0, false, 0), 0, 1, Device.parse("cpu").session(1))) {
      graph.initialize();
      graph.step(batch, 0, 3e38, 1, 1);
      DivergedException diverged =
          assertThrows(DivergedException.class, () -> graph.step(batch, 1, 1e-3, 1, 1));
      assertTrue(
          diverged.getMessage().contains("at step 2, first in variable '"), diverged.getMessage());
      assertEquals(
          graph.firstNotFinite().orElseThrow(),
          diverged.getMessage().split("'")[1],
          diverged.getMessage());
    }
  }

  @Test
  void aBackboneOfAFewLinesTrains() {
    network =
        new Network(
            data.train().element(),
            (layers, images) -> layers.dense("features", layers.flatten(images), 6),
            AngularHead.cosFace(0.2, 10),
            4);
    assertTrue(train(dir.resolve("a"), plan(6), () -> false, List.of()).bestFigure() > 0.8);
  }

  @Test
  void refusesABackboneWithoutGradient() {
    network =
        new Network(
            data.train().element(),
            (layers, images) ->
                layers.tf().stopGradient(layers.dense("features", layers.flatten(images), 6)),
            AngularHead.cosFace(0.2, 10),
            4);
    String message =
        assertThrows(IllegalArgumentException.class, () -> graph(false, false).close())
            .getMessage();
    assertTrue(message.contains("features/kernel"), message);
  }

  @Test
  void gradientOfTheWholeNetworkIsTheDifferenceQuotient() {
    // Plain descent by g changes the loss by -rate g.G, G its true gradient; by g clipped to norm c
    // by -rate c g.G/|g|. Both fit together only where g.G = |g|^2.
    double plain = slope(0);
    double clipped = slope(0.01) / 0.01;
    assertTrue(plain > 1, "falls along the gradient: " + plain);
    assertEquals(plain, clipped * clipped, 0.02 * plain);
  }

  /** Fall of the loss of one batch for each unit of rate, by a central difference. */
  private double slope(double clipNorm) {
    int[] labels = new int[16];
    byte[] pixels = new byte[16 * 64];
    for (int i = 0; i < 16; i++) {
      labels[i] = data.train().label(i);
      data.train().copy(i, pixels, i * 64);
    }
    Batch batch = new Batch(16, pixels, labels, NUMBERS);
    double rate = clipNorm == 0 ? 4e-6 : 0.04;
    double[] losses = new double[2];
    for (int k = 0; k < 2; k++) {
      try (TrainingGraph graph =
          new TrainingGraph(
              network,
              new Optimizer.Sgd(0, false, 0),
              clipNorm,
              1,
              Device.parse("cpu").session(2))) {
        graph.initialize();
        graph.step(batch, 0, k == 0 ? -rate : rate, 1, 1);
        losses[k] = graph.step(batch, 1, 0, 1, 1).loss();
      }
    }
    return (losses[0] - losses[1]) / (2 * rate);
  }

  @Test
  void leaksNoNativeMemory() throws IOException {
    TrainingPlan plan = plan(1);
    train(dir.resolve("warm"), plan, () -> false, List.of());
    try (TrainingGraph graph = graph(false, false)) {
      graph.initialize();
      Batch batch = new Batch(64, new byte[64 * 64], new int[64], NUMBERS);
      for (int i = 0; i < 100; i++) {
        graph.step(batch, i, 1e-3, 1, 1);
      }
      long before = ResidentMemory.kilobytes();
      for (int i = 0; i < 500; i++) {
        graph.step(batch, i, 1e-3, 1, 1);
      }
      long grown = ResidentMemory.kilobytes() - before;
      // 500 unclosed batches of fed pixels alone would be 2 MB, with the activations 350 MB.
      assertTrue(grown < 60_000, "grew by " + grown + " kB");
    }
  }

  @Test
  void tellsListenersOfEveryStepAndEpoch() {
    List<Object> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(Step step) {
            heard.add(step);
          }

          @Override
          public void epoch(Epoch epoch) {
            heard.add(epoch);
          }

          @Override
          public void close() {}
        };
    train(dir.resolve("a"), plan(2), () -> false, List.of(listener));
    assertEquals(22, heard.size());
    TrainingListener.Step second = (TrainingListener.Step) heard.get(1);
    assertEquals(2, second.step());
    assertEquals(0.5, second.marginStrength(), 1e-12);
    TrainingListener.Epoch end = (TrainingListener.Epoch) heard.get(10);
    double mean =
        heard.subList(0, 10).stream()
            .mapToDouble(s -> ((TrainingListener.Step) s).loss())
            .average()
            .orElseThrow();
    assertEquals(mean, end.loss(), 1e-9);
    assertEquals(20, ((TrainingListener.Epoch) heard.get(21)).step());
  }

  @Test
  void historyDropsWhatWillBeDoneAgainAndBrokenLines() throws IOException {
    Path file = dir.resolve("history.csv");
    try (HistoryCsv history = HistoryCsv.open(file, 0)) {
      for (int i = 1; i <= 5; i++) {
        history.step(
            new TrainingListener.Step(
                i, 1, new StepResult(2.5, 0.5, 80, 11, 1, Double.NaN), 1e-3, 1, 1));
      }
      history.epoch(new TrainingListener.Epoch(5, 1, 2.5, 0.5, Map.of("accuracy", 0.75), null, 0));
    }
    Files.writeString(file, Files.readString(file) + "6,2,1.");
    assertEquals(0.75, HistoryCsv.read(file).get(4).validationAccuracy());
    HistoryCsv.open(file, 3).close();
    assertEquals(
        List.of(1L, 2L, 3L), HistoryCsv.read(file).stream().map(r -> r.step().step()).toList());
  }

  @Test
  void refusesDevicesThatAreNotThere() {
    assertTrue(Device.visible().contains("CPU:0"), Device.visible().toString());
    for (String wrong : List.of("gpu", "tpu:0", "", "CPU", "gpu:-1")) {
      assertThrows(IllegalArgumentException.class, () -> Device.parse(wrong), wrong);
    }
    String message =
        assertThrows(IllegalArgumentException.class, () -> Device.parse("gpu:99").session(2))
            .getMessage();
    assertTrue(message.contains("found CPU:0") && message.contains("-Pgpu"), message);
    assertThrows(IllegalArgumentException.class, () -> Device.parse("cpu").session(0));
  }
}

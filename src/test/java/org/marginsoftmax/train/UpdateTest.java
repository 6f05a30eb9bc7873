package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Averaged weights and accumulated gradients. */
class UpdateTest {
  private static final Optimizer ADAM = new Optimizer.Adam(0.9, 0.999, 1e-7);
  private static final Backbone NORMED =
      (layers, images) ->
          layers.dense(
              "b", layers.batchNorm("norm", layers.dense("a", layers.flatten(images), 5)), 4);
  private static final Backbone PLAIN =
      (layers, images) ->
          layers.dense("b", layers.relu(layers.dense("a", layers.flatten(images), 12)), 6);

  @TempDir Path dir;
  private TrainTest data;

  @BeforeEach
  void setUp() throws IOException {
    data = IdxFolder.read(Idx.folder(dir.resolve("data"), 4, 30, 10));
  }

  private TrainingGraph graph(Backbone backbone, Head head, Update update) {
    return new TrainingGraph(
        new Network(data.train().element(), backbone, head, 4),
        update,
        1,
        Device.parse("cpu").session(1));
  }

  /** Samples from one on, over and over. */
  private Batch batch(int from, int size) {
    Samples samples = data.train();
    int bytes = samples.element().bytes();
    byte[] pixels = new byte[size * bytes];
    int[] labels = new int[size];
    int[] numbers = new int[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (7 * (from + i)) % samples.size();
      samples.copy(numbers[i], pixels, i * bytes);
      labels[i] = samples.label(numbers[i]);
    }
    return new Batch(size, pixels, labels, numbers);
  }

  private Path saved(TrainingGraph graph, String name) {
    Checkpoints checkpoints = new Checkpoints(dir.resolve(name));
    checkpoints.save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
    return checkpoints.variables(1);
  }

  /** A variable that waits keeps its value; its first step is Adam's first, a whole rate. */
  @Test
  void aVariableIsTrainedFromItsStepOn() {
    Backbone waits =
        new Backbone() {
          @Override
          public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
            return PLAIN.features(layers, images);
          }

          @Override
          public long trainedFrom(Variable variable) {
            return variable.name().equals("a/kernel") ? 2 : 0;
          }
        };
    double rate = 0.01;
    try (TrainingGraph graph = graph(waits, AngularHead.arcFace(0.3, 10), new Update(ADAM, 0))) {
      graph.initialize();
      float[] before = Saved.value(saved(graph, "first"), "a/kernel");
      for (int t = 0; t < 3; t++) {
        graph.step(batch(16 * t, 16), t, rate, 1, 1);
        Path after = saved(graph, "after-" + t);
        float[] found = Saved.value(after, "a/kernel");
        if (t < 2) {
          assertArrayEquals(before, found);
          continue;
        }
        double most = 0;
        for (int i = 0; i < found.length; i++) {
          most = Math.max(most, Math.abs(found[i] - before[i]));
        }
        assertEquals(rate, most, 0.01 * rate);
      }
    }
  }

  /** The formula in float64, from the weights after each step. */
  @Test
  void theAverageFollowsItsFormula() {
    double decay = 0.7;
    List<String> names =
        List.of(
            "a/kernel",
            "norm/gamma",
            "norm/beta",
            "norm/mean",
            "norm/variance",
            "b/kernel",
            "centers");
    Map<String, double[]> expected = new LinkedHashMap<>();
    Head head = AngularHead.arcFace(0.3, 10);
    try (TrainingGraph graph = graph(NORMED, head, new Update(ADAM, 0, 1, decay));
        TrainingGraph plain = graph(NORMED, head, new Update(ADAM, 0))) {
      graph.initialize();
      plain.initialize();
      Path first = saved(graph, "first");
      for (String name : names) {
        float[] initial = Saved.value(first, "raw/" + name);
        assertArrayEquals(initial, Saved.value(first, name), "an average starts as its variable");
        expected.put(name, doubles(initial));
      }
      for (int t = 1; t <= 20; t++) {
        graph.step(batch(16 * t, 16), t - 1, 0.01, 1, 1);
        plain.step(batch(16 * t, 16), t - 1, 0.01, 1, 1);
        Path now = saved(graph, "now");
        double d = Math.min(decay, (1.0 + t) / (10 + t));
        for (String name : names) {
          float[] weights = Saved.value(now, "raw/" + name);
          double[] average = expected.get(name);
          for (int i = 0; i < average.length; i++) {
            average[i] += (1 - d) * (weights[i] - average[i]);
          }
          float[] found = Saved.value(now, name);
          for (int i = 0; i < average.length; i++) {
            assertEquals(average[i], found[i], 2e-6 * Math.max(1, Math.abs(average[i])), name);
          }
        }
      }
      // Training itself is the same to the bit.
      Path raw = saved(graph, "averaged");
      Path alone = saved(plain, "plain");
      for (String name : names) {
        assertArrayEquals(Saved.value(alone, name), Saved.value(raw, "raw/" + name), name);
        assertFalse(Arrays.equals(Saved.value(alone, name), Saved.value(raw, name)), name);
      }
    }
  }

  /** Validation sees what a checkpoint is scored with. */
  @Test
  void validationIsOfTheAverage() {
    Head head = AngularHead.arcFace(0.3, 10);
    try (TrainingGraph graph = graph(NORMED, head, new Update(ADAM, 0, 1, 0.9));
        TrainingGraph plain = graph(NORMED, head, new Update(ADAM, 0))) {
      graph.initialize();
      plain.initialize();
      for (int t = 0; t < 10; t++) {
        graph.step(batch(16 * t, 16), t, 0.01, 1, 1);
        plain.step(batch(16 * t, 16), t, 0.01, 1, 1);
      }
      Network network = new Network(data.train().element(), NORMED, head, 4);
      try (ScoringGraph scoring =
          ScoringGraph.restore(network, Device.parse("cpu").session(1), saved(graph, "a"))) {
        assertArrayEquals(scoring.embed(data.test()), graph.embed(data.test()));
        assertFalse(Arrays.deepEquals(plain.embed(data.test()), graph.embed(data.test())));
      }
      assertTrue(Math.abs(plain.loss(data.test()) - graph.loss(data.test())) > 1e-4);
    }
  }

  static Stream<Arguments> combinations() {
    List<Head> heads =
        List.of(
            AngularHead.arcFace(0.3, 10),
            AngularHead.cosFace(0.2, 20),
            InnerProductHead.softmax(),
            head("elasticface"),
            head("circle"));
    List<Optimizer> optimizers =
        List.of(
            new Optimizer.Sgd(0, false, 0),
            new Optimizer.Sgd(0.9, true, 0.01),
            ADAM,
            new Optimizer.AdamW((Optimizer.Adam) ADAM, 0.1));
    List<Arguments> all = new ArrayList<>();
    int k = 2;
    for (Head head : heads) {
      for (Optimizer optimizer : optimizers) {
        all.add(Arguments.of(head, optimizer, k, k % 2 == 0 ? 0.5 : 0));
        k = k == 4 ? 2 : k + 1;
      }
    }
    return all.stream();
  }

  private static Head head(String name) {
    HeadType type = Heads.named(name);
    return type.head(Heads.values(type, Map.of()), 4, new int[] {1, 1, 1, 1});
  }

  /** K batches of N are one of K N, clipping included; so are the draws of a head. */
  @ParameterizedTest
  @MethodSource("combinations")
  void accumulatedGradientsAreThoseOfALargeBatch(
      Head head, Optimizer optimizer, int k, double clipNorm) {
    int n = 8;
    try (TrainingGraph many = graph(PLAIN, head, new Update(optimizer, clipNorm, k, null));
        TrainingGraph one = graph(PLAIN, head, new Update(optimizer, clipNorm))) {
      many.initialize();
      one.initialize();
      Path before = saved(one, "before");
      for (int t = 0; t < 4; t++) {
        int from = t * n * k;
        List<Batch> batches = new ArrayList<>();
        for (int b = 0; b < k; b++) {
          batches.add(batch(from + b * n, n));
        }
        StepResult found = many.step(batches, t, 0.02, 1, 1);
        StepResult expected = one.step(batch(from, n * k), t, 0.02, 1, 1);
        assertEquals(expected.loss(), found.loss(), 1e-3 * Math.max(1, expected.loss()));
        assertEquals(expected.accuracy(), found.accuracy(), 1e-6);
        assertEquals(expected.featureNorm(), found.featureNorm(), 1e-3);
      }
      for (String name : List.of("a/kernel", "b/kernel", "centers")) {
        float[] start = Saved.value(before, name);
        float[] a = Saved.value(saved(one, "one"), name);
        float[] b = Saved.value(saved(many, "many"), name);
        double moved = 0;
        double apart = 0;
        for (int i = 0; i < a.length; i++) {
          moved += Math.pow(a[i] - start[i], 2);
          apart += Math.pow(a[i] - b[i], 2);
        }
        assertTrue(
            Math.sqrt(apart) < 1e-3 * Math.sqrt(moved),
            name + " " + Math.sqrt(apart) + " of " + Math.sqrt(moved));
      }
    }
  }

  /**
   * Of all heads, those whose loss of a batch is more than the mean over its samples: they compare
   * the samples of a batch, or move their state with each batch.
   */
  @Test
  void headsThatSeeEachBatchForItself() {
    List<String> apart = new ArrayList<>();
    for (String name : Heads.names()) {
      try (TrainingGraph many =
              graph(PLAIN, head(name), new Update(new Optimizer.Sgd(0, false, 0), 0, 2, null));
          TrainingGraph one =
              graph(PLAIN, head(name), new Update(new Optimizer.Sgd(0, false, 0), 0))) {
        many.initialize();
        one.initialize();
        double apartBy = 0;
        for (int t = 0; t < 12; t++) {
          List<Batch> halves = List.of(batch(16 * t, 8), batch(16 * t + 8, 8));
          double found = many.step(halves, t, 0, 1, 1).loss();
          double expected = one.step(batch(16 * t, 16), t, 0, 1, 1).loss();
          apartBy = Math.max(apartBy, Math.abs(found / expected - 1));
        }
        if (apartBy > 2e-6) {
          apart.add(name);
        }
      }
    }
    Collections.sort(apart);
    assertEquals(
        List.of(
            "adacos",
            "adaface",
            "curricularface",
            "elasticface-cos-plus",
            "elasticface-plus",
            "proxy-anchor"),
        apart);
  }

  /** Random layers draw anew for each batch of a step. */
  @Test
  void batchesOfAStepDrawDifferently() {
    Backbone noisy =
        (layers, images) -> {
          var tf = layers.tf();
          var x = layers.dense("a", layers.flatten(images), 6);
          return layers.training()
              ? tf.math.add(
                  x,
                  tf.random.statelessRandomNormal(
                      tf.constant(new int[] {8, 6}), layers.draws("noise")))
              : x;
        };
    try (TrainingGraph graph =
        graph(
            noisy,
            AngularHead.cosFace(0.2, 10),
            new Update(new Optimizer.Sgd(0, false, 0), 0, 2, null))) {
      graph.initialize();
      double same = graph.step(List.of(batch(0, 8), batch(0, 8)), 0, 0, 1, 1).loss();
      double next = graph.step(List.of(batch(0, 8), batch(0, 8)), 1, 0, 1, 1).loss();
      assertTrue(Math.abs(same - next) > 1e-6);
      // With equal draws the mean of two losses would be one of them.
      try (TrainingGraph one =
          graph(
              noisy, AngularHead.cosFace(0.2, 10), new Update(new Optimizer.Sgd(0, false, 0), 0))) {
        one.initialize();
        double first = one.step(batch(0, 8), 0, 0, 1, 1).loss();
        double second = one.step(batch(0, 8), 1, 0, 1, 1).loss();
        assertEquals((first + second) / 2, same, 1e-6 * same);
        assertTrue(Math.abs(first - second) > 1e-6);
      }
    }
  }

  @Test
  void asManyBatchesAsAStepHas() {
    try (TrainingGraph graph =
        graph(PLAIN, AngularHead.arcFace(0.3, 10), new Update(ADAM, 0, 3, null))) {
      graph.initialize();
      assertThrows(IllegalArgumentException.class, () -> graph.step(batch(0, 8), 0, 0.1, 1, 1));
    }
  }

  /** A loss that is no number in the second batch: the variables stay, and a later step works. */
  @Test
  void aBatchThatDivergesMovesNothing() {
    Backbone rooted =
        (layers, images) -> {
          var tf = layers.tf();
          var x = layers.dense("a", layers.flatten(images), 6);
          var bright =
              tf.math.sub(tf.constant(200f), tf.reduceMax(layers.flatten(images), tf.constant(1)));
          return tf.math.mul(x, tf.expandDims(tf.math.sqrt(bright), tf.constant(1)));
        };
    byte[] white = new byte[8 * 64];
    Arrays.fill(white, (byte) 255);
    Batch broken = new Batch(8, white, new int[8], new int[8]);
    Network network =
        new Network(
            data.train().element(),
            new Backbone() {
              @Override
              public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
                return rooted.features(layers, images);
              }

              @Override
              public PixelScaling pixels() {
                return new PixelScaling(1, 0);
              }
            },
            AngularHead.arcFace(0.3, 10),
            4);
    byte[] dark = new byte[8 * 64];
    for (int i = 0; i < dark.length; i++) {
      dark[i] = (byte) (i * 37 % 100);
    }
    Batch sound = new Batch(8, dark, new int[] {0, 1, 2, 3, 0, 1, 2, 3}, new int[8]);
    try (TrainingGraph graph =
        new TrainingGraph(
            network,
            new Update(new Optimizer.Sgd(0, false, 0), 0, 2, 0.9),
            1,
            Device.parse("cpu").session(1))) {
      graph.initialize();
      float[] before = Saved.value(saved(graph, "before"), "raw/a/kernel");
      assertThrows(DivergedException.class, () -> graph.step(List.of(sound, broken), 0, 0.1, 1, 1));
      assertArrayEquals(before, Saved.value(saved(graph, "after"), "raw/a/kernel"));
      double a = graph.step(List.of(sound, sound), 0, 0.1, 1, 1).loss();
      try (TrainingGraph fresh =
          new TrainingGraph(
              network,
              new Update(new Optimizer.Sgd(0, false, 0), 0, 2, 0.9),
              1,
              Device.parse("cpu").session(1))) {
        fresh.initialize();
        assertEquals(fresh.step(List.of(sound, sound), 0, 0.1, 1, 1).loss(), a);
        assertArrayEquals(
            Saved.value(saved(fresh, "fresh"), "raw/a/kernel"),
            Saved.value(saved(graph, "then"), "raw/a/kernel"));
      }
    }
  }

  private TrainingState train(Path folder, BooleanSupplier stop, Validation validation) {
    TrainingPlan plan =
        new TrainingPlan(
            40,
            5,
            8,
            7,
            new LearningRate(0.01, new LearningRate.Restarts(0.25, 1), 0),
            new Schedule.Rise(0.3),
            new Schedule.Constant(),
            3);
    Checkpoints checkpoints = new Checkpoints(folder);
    TrainingState from = checkpoints.latest().orElse(TrainingState.start());
    try (TrainingGraph graph =
        graph(NORMED, head("curricularface"), new Update(ADAM, 1, 3, 0.95))) {
      if (from.step() == 0) {
        graph.initialize();
      } else {
        checkpoints.restore(graph, from);
      }
      return new Trainer(graph, plan, checkpoints, List.of())
          .run(Epochs.shuffled(data.train(), 8, 7), validation, from, stop);
    }
  }

  /** Average, accumulation, restarts, clipping, a head with state and patience, all at once. */
  @Test
  void stoppedAnywhereAllOfItGoesOnAsIfNeverStopped() {
    Validation validation = new Validation(data.test(), ValidationFigure.LOSS, 3);
    Path whole = dir.resolve("whole");
    Path parts = dir.resolve("parts");
    TrainingState expected = train(whole, () -> false, validation);
    TrainingState found = TrainingState.start();
    for (int session = 0; session < 8; session++) {
      AtomicInteger asked = new AtomicInteger();
      found = train(parts, () -> asked.incrementAndGet() > 6, validation);
    }
    assertEquals(expected, found);
    for (String name : List.of("a/kernel", "norm/mean", "centers")) {
      for (String key : List.of(name, "raw/" + name)) {
        assertArrayEquals(
            Saved.value(new Checkpoints(whole).variables(expected.step()), key),
            Saved.value(new Checkpoints(parts).variables(expected.step()), key),
            key);
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  @Test
  void refusesValuesOutOfRange() {
    for (double decay : new double[] {0, 1, -0.1, 2, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new Update(ADAM, 0, 1, decay));
    }
    assertThrows(IllegalArgumentException.class, () -> new Update(ADAM, 0, 0, null));
    assertThrows(IllegalArgumentException.class, () -> new Update(ADAM, -1));
  }
}

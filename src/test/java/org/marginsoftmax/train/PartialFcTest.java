package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;
import org.marginsoftmax.train.PartialFc.LazyStates;

/** Steps with a sample of the classes. */
class PartialFcTest {
  private static final int CLASSES = 11;
  private static final Optimizer SGD = new Optimizer.Sgd(0.9, false, 1e-2);
  private static final Optimizer ADAM = new Optimizer.Adam(0.9, 0.999, 1e-7);
  private static final Optimizer ADAMW =
      new Optimizer.AdamW(new Optimizer.Adam(0.9, 0.999, 1e-7), 0.1);
  private static final Backbone PLAIN =
      (layers, images) ->
          layers.dense("b", layers.relu(layers.dense("a", layers.flatten(images), 12)), 6);
  private static final Head ARCFACE = AngularHead.arcFace(0.3, 10);

  /** So many that every class is in every sample, though it is drawn as one. */
  private static final PartialFc EVERY = new PartialFc(0.999, LazyStates.KEEP);

  @TempDir Path dir;
  private TrainTest data;

  @BeforeEach
  void setUp() throws IOException {
    data = IdxFolder.read(Idx.folder(dir.resolve("data"), CLASSES, 30, 10));
  }

  private TrainingGraph graph(Head head, Update update, int shards, PartialFc sampling) {
    return graph(head, update, shards, sampling, false);
  }

  private TrainingGraph graph(
      Head head, Update update, int shards, PartialFc sampling, boolean mixes) {
    return new TrainingGraph(
        new Network(data.train().element(), PLAIN, head, CLASSES)
            .withShards(shards)
            .withPartialFc(sampling),
        update,
        1,
        Processes.one(Device.parse("cpu").session(1)),
        false,
        mixes);
  }

  /** Samples of four classes, others at every step. */
  private Batch batch(int step) {
    Samples samples = data.train();
    int bytes = samples.element().bytes();
    int[] numbers =
        IntStream.range(0, samples.size())
            .filter(i -> (samples.label(i) + 3 * step) % CLASSES < 4)
            .limit(12)
            .toArray();
    byte[] pixels = new byte[numbers.length * bytes];
    int[] labels = new int[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      samples.copy(numbers[i], pixels, i * bytes);
      labels[i] = samples.label(numbers[i]);
    }
    return new Batch(numbers.length, pixels, labels, numbers);
  }

  private List<Batch> batches(int step, int count) {
    return IntStream.range(0, count).mapToObj(k -> batch(count * step + k)).toList();
  }

  private void train(TrainingGraph graph, int from, int to, int batches) {
    for (int t = from; t < to; t++) {
      graph.step(batches(t, batches), t, rate(t), 1, 1);
    }
  }

  private static double rate(int step) {
    return 0.05 / (1 + step);
  }

  private Path saved(TrainingGraph graph, String name) {
    Checkpoints checkpoints = new Checkpoints(dir.resolve(name));
    checkpoints.save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
    return checkpoints.variables(1);
  }

  private static Map<String, float[]> values(Path checkpoint, List<String> keys) {
    Map<String, float[]> values = new LinkedHashMap<>();
    keys.forEach(key -> values.put(key, Saved.value(checkpoint, key)));
    return values;
  }

  private static void assertClose(
      Map<String, float[]> one, Map<String, float[]> other, double share) {
    one.forEach(
        (key, expected) -> {
          float[] found = other.get(key);
          double largest = 1e-6;
          for (float v : expected) {
            largest = Math.max(largest, Math.abs(v));
          }
          assertEquals(expected.length, found.length, key);
          for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], share * largest, key + " " + i);
          }
        });
  }

  @Property(tries = 300)
  void aSampleHasTheBatchAndSoManyOthers(
      @ForAll @IntRange(min = 2, max = 400) int classes,
      @ForAll @Scale(6) @DoubleRange(min = 1e-6, max = 1) double rate,
      @ForAll @IntRange(min = 1, max = 64) int batch,
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 1000) int step) {
    PartialFc sampling = new PartialFc(rate, LazyStates.KEEP);
    Random random = new Random(seed);
    List<int[]> labels =
        List.of(random.ints(batch, 0, classes).toArray(), random.ints(3, 0, classes).toArray());
    int[] sample = sampling.sample(seed, step, classes, labels);
    int[] ofBatch = labels.stream().flatMapToInt(Arrays::stream).distinct().toArray();
    assertEquals(Math.max(sampling.size(classes), ofBatch.length), sample.length);
    assertTrue(sampling.size(classes) >= rate * classes - 1e-9);
    assertArrayEquals(Arrays.stream(sample).distinct().sorted().toArray(), sample);
    for (int label : ofBatch) {
      assertTrue(Arrays.binarySearch(sample, label) >= 0, "label " + label);
    }
    assertArrayEquals(sample, sampling.sample(seed, step, classes, labels));
  }

  /** Every class that is not in the batch is as likely as any other, by itself and with another. */
  @ParameterizedTest
  @ValueSource(doubles = {0.2, 0.5, 0.8})
  void everyOtherClassIsAsLikely(double rate) {
    int classes = 20;
    int steps = 20_000;
    PartialFc sampling = new PartialFc(rate, LazyStates.KEEP);
    int[][] together = new int[classes][classes];
    for (int step = 0; step < steps; step++) {
      int[] sample = sampling.sample(3, step, classes, List.of(new int[] {4, 9, 4}));
      for (int i : sample) {
        for (int j : sample) {
          together[i][j]++;
        }
      }
    }
    int drawn = sampling.size(classes) - 2;
    int others = classes - 2;
    double one = (double) drawn / others;
    double two = one * (drawn - 1) / (others - 1);
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        boolean fixedI = i == 4 || i == 9;
        boolean fixedJ = j == 4 || j == 9;
        double p = fixedI && fixedJ ? 1 : fixedI || fixedJ || i == j ? one : two;
        double deviation = Math.sqrt(steps * p * (1 - p));
        assertEquals(steps * p, together[i][j], 5 * deviation + 1e-9, i + " " + j);
      }
    }
  }

  static Stream<Arguments> updates() {
    List<String> momentum = List.of("optimizer/centers/momentum");
    return Stream.of(
        Arguments.of("plain", new Update(new Optimizer.Sgd(0, false, 0), 0), List.of()),
        Arguments.of("momentum", new Update(SGD, 0), momentum),
        Arguments.of("nesterov", new Update(new Optimizer.Sgd(0.9, true, 1e-2), 0), momentum),
        Arguments.of("clipped", new Update(SGD, 0.5), momentum),
        Arguments.of("accumulated", new Update(SGD, 0, 2, null), momentum),
        Arguments.of("averaged", new Update(SGD, 0, 1, 0.9), List.of("raw/centers")),
        Arguments.of(
            "adam", new Update(ADAM, 0), List.of("optimizer/centers/m", "optimizer/centers/v")),
        Arguments.of("adamw", new Update(ADAMW, 0.5, 2, 0.9), List.of("optimizer/centers/m")));
  }

  /** A sample that has every class is the full step. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("updates")
  void aSampleOfAllIsTheFullStep(String name, Update update, List<String> more) {
    List<String> keys = Stream.concat(Stream.of("centers", "a/kernel"), more.stream()).toList();
    Map<String, float[]> full;
    try (TrainingGraph graph = graph(ARCFACE, update, 1, PartialFc.NONE)) {
      graph.initialize();
      train(graph, 0, 6, update.batches());
      full = values(saved(graph, "full"), keys);
    }
    for (int shards : new int[] {1, 3, CLASSES}) {
      for (LazyStates states : LazyStates.values()) {
        if (states == LazyStates.CATCH_UP && !(update.optimizer() instanceof Optimizer.Sgd)) {
          continue;
        }
        try (TrainingGraph graph =
            graph(ARCFACE, update, shards, new PartialFc(EVERY.rate(), states))) {
          graph.initialize();
          train(graph, 0, 6, update.batches());
          assertClose(full, values(saved(graph, "s" + shards + states), keys), 2e-4);
        }
      }
    }
  }

  /** A step moves the centers as much further, and nothing else. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("updates")
  void centersHaveARateOfTheirOwn(String name, Update update, List<String> more) {
    String key = update.average() == null ? "centers" : "raw/centers";
    for (PartialFc sampling :
        List.of(PartialFc.NONE, EVERY, new PartialFc(0.55, LazyStates.KEEP))) {
      for (int shards : new int[] {1, 3}) {
        Map<String, float[]> one = afterAStep(update, shards, sampling, key, 1);
        Map<String, float[]> five = afterAStep(update, shards, sampling, key, 5);
        assertArrayEquals(one.get("a/kernel"), five.get("a/kernel"));
        assertArrayEquals(one.get("b/kernel"), five.get("b/kernel"));
        float[] slow = one.get(key);
        float[] fast = five.get(key);
        float[] first = one.get("first");
        double moved = 0;
        for (int i = 0; i < first.length; i++) {
          assertEquals(5 * (slow[i] - first[i]), fast[i] - first[i], 2e-6, key + " " + i);
          moved = Math.max(moved, Math.abs(slow[i] - first[i]));
        }
        assertTrue(moved > 1e-4, "moved " + moved);
      }
    }
  }

  private Map<String, float[]> afterAStep(
      Update update, int shards, PartialFc sampling, String key, double share) {
    Update own =
        new Update(
            update.optimizer(), update.clipNorm(), update.batches(), update.average(), share);
    try (TrainingGraph graph = graph(ARCFACE, own, shards, sampling)) {
      graph.initialize();
      float[] first = Saved.value(saved(graph, "first"), key);
      train(graph, 0, 1, update.batches());
      Map<String, float[]> after =
          new HashMap<>(values(saved(graph, "after"), List.of(key, "a/kernel", "b/kernel")));
      after.put("first", first);
      return after;
    }
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  @ParameterizedTest
  @MethodSource("heads")
  void everyHeadHasASampleOfAll(String name) {
    Head head =
        HeadConfig.named(name)
            .head(CLASSES, IntStream.range(0, CLASSES).map(j -> 3 + 5 * j).toArray());
    Map<String, float[]> full = null;
    for (PartialFc sampling : List.of(PartialFc.NONE, EVERY)) {
      try (TrainingGraph graph = graph(head, new Update(SGD, 0), 3, sampling)) {
        graph.initialize();
        train(graph, 0, 4, 1);
        Map<String, float[]> found =
            values(saved(graph, name + sampling.rate()), List.of("centers", "a/kernel"));
        full = full == null ? found : full;
        assertClose(full, found, 2e-4);
      }
    }
  }

  /** Other classes' centers and slots keep every bit; the number of shards does not matter. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("updates")
  void onlyTheSampleMoves(String name, Update update, List<String> more) {
    if (update.average() != null) {
      return; // The averages of all classes move.
    }
    List<String> keys = Stream.concat(Stream.of("centers"), more.stream()).toList();
    PartialFc sampling = new PartialFc(0.55, LazyStates.KEEP);
    Map<String, float[]> one = null;
    for (int shards : new int[] {1, 4, CLASSES}) { // In the last case some have no class.
      try (TrainingGraph graph = graph(ARCFACE, update, shards, sampling)) {
        graph.initialize();
        Map<String, float[]> before = values(saved(graph, "0-" + shards), keys);
        for (int t = 0; t < 5; t++) {
          train(graph, t, t + 1, update.batches());
          Map<String, float[]> after = values(saved(graph, t + 1 + "-" + shards), keys);
          List<int[]> labels = batches(t, update.batches()).stream().map(Batch::labels).toList();
          int[] sample = sampling.sample(1, t, CLASSES, labels);
          assertEquals(Math.max(7, labels.size() * 4), sample.length, 1);
          for (String key : keys) {
            assertMoved(before.get(key), after.get(key), sample, key + " at step " + t);
          }
          before = after;
        }
        one = one == null ? before : one;
        assertClose(one, before, 2e-4);
      }
    }
  }

  private static void assertMoved(float[] before, float[] after, int[] sample, String what) {
    int dimension = before.length / CLASSES;
    for (int j = 0; j < CLASSES; j++) {
      boolean same =
          Arrays.equals(
              Arrays.copyOfRange(before, j * dimension, (j + 1) * dimension),
              Arrays.copyOfRange(after, j * dimension, (j + 1) * dimension));
      assertEquals(Arrays.binarySearch(sample, j) < 0, same, what + " of class " + j);
    }
  }

  /** Both labels of a mixture are in the sample. */
  @Test
  void mixturesHaveBothLabels() {
    try (TrainingGraph graph =
        graph(ARCFACE, new Update(SGD, 0), 3, new PartialFc(1e-3, LazyStates.KEEP), true)) {
      graph.initialize();
      Batch batch = batch(0);
      int[] others = Arrays.stream(batch.labels()).map(y -> (y + 5) % CLASSES).toArray();
      Batch mixed =
          new Batch(batch.size(), batch.elements(), batch.labels(), batch.numbers(), others, 0.3);
      float[] before = Saved.value(saved(graph, "before"), "centers");
      graph.step(mixed, 0, 0.1, 1, 1);
      float[] after = Saved.value(saved(graph, "after"), "centers");
      int[] sample =
          IntStream.concat(Arrays.stream(batch.labels()), Arrays.stream(others))
              .distinct()
              .sorted()
              .toArray();
      assertMoved(before, after, sample, "centers");
    }
  }

  /** Steps that do not have a class act on it as steps with a gradient of zero. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void idleClassesAreCaughtUp(int kind) {
    Optimizer.Sgd sgd = new Optimizer.Sgd(kind == 3 ? 0 : 0.9, kind == 1, kind == 2 ? 0 : 0.05);
    double share = kind == 4 ? 3 : 1;
    PartialFc sampling = new PartialFc(1e-3, LazyStates.CATCH_UP);
    try (TrainingGraph graph = graph(ARCFACE, new Update(sgd, 0, 1, null, share), 3, sampling)) {
      graph.initialize();
      graph.step(batch(0), 0, rate(0), 1, 1); // Classes 0 to 3.
      Path first = saved(graph, "first");
      float[] w = Saved.value(first, "centers");
      float[] v =
          sgd.momentum() == 0
              ? new float[w.length]
              : Saved.value(first, "optimizer/centers/momentum");
      graph.step(batch(1), 1, rate(1), 1, 1); // Classes 8 to 10 and 0.
      graph.step(batch(2), 2, rate(2), 1, 1); // Classes 5 to 8.
      graph.catchUp(3);
      Path last = saved(graph, "last");
      float[] found = Saved.value(last, "centers");
      int dimension = w.length / CLASSES;
      for (int i = dimension; i < 4 * dimension; i++) {
        double weight = w[i];
        double momentum = v[i];
        for (int t = 1; t < 3; t++) {
          double slope = sgd.weightDecay() * weight;
          momentum = sgd.momentum() * momentum + slope;
          weight -=
              share * rate(t) * (sgd.nesterov() ? slope + sgd.momentum() * momentum : momentum);
        }
        assertEquals(weight, found[i], 1e-6, "class " + i / dimension);
        if (sgd.momentum() > 0) {
          assertEquals(
              momentum, Saved.value(last, "optimizer/centers/momentum")[i], 1e-6, "momentum");
        }
      }
      graph.catchUp(3);
      assertArrayEquals(found, Saved.value(saved(graph, "again"), "centers"));
    }
  }

  /** Caught up when it is next in a step is the same as never having been idle. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void catchingUpLateIsCatchingUpAtOnce(int subcenters) {
    PartialFc sampling = new PartialFc(0.4, LazyStates.CATCH_UP);
    List<String> keys = List.of("centers", "optimizer/centers/momentum", "a/kernel");
    Map<String, float[]> late;
    Map<String, float[]> atOnce;
    Head head = ARCFACE instanceof AngularHead a ? a.withSubcenters(subcenters) : ARCFACE;
    try (TrainingGraph graph = graph(head, new Update(SGD, 0), 3, sampling)) {
      graph.initialize();
      train(graph, 0, 12, 1);
      graph.catchUp(12);
      late = values(saved(graph, "late"), keys);
    }
    try (TrainingGraph graph = graph(head, new Update(SGD, 0), 1, sampling)) {
      graph.initialize();
      for (int t = 0; t < 12; t++) {
        train(graph, t, t + 1, 1);
        graph.catchUp(t + 1);
      }
      atOnce = values(saved(graph, "at-once"), keys);
    }
    assertClose(late, atOnce, 2e-4);
  }

  /**
   * A run that resumes where classes were idle goes on to the bit, in as many shards as it likes.
   */
  @Test
  void idleClassesResume() {
    PartialFc sampling = new PartialFc(0.4, LazyStates.CATCH_UP);
    List<String> keys = List.of("centers", "optimizer/centers/momentum", "a/kernel");
    Map<String, float[]> whole;
    Path half;
    try (TrainingGraph graph = graph(ARCFACE, new Update(SGD, 0), 3, sampling)) {
      graph.initialize();
      train(graph, 0, 5, 1);
      half = saved(graph, "half");
      train(graph, 5, 9, 1);
      whole = values(saved(graph, "whole"), keys);
    }
    for (int shards : new int[] {3, 1}) {
      try (TrainingGraph graph = graph(ARCFACE, new Update(SGD, 0), shards, sampling)) {
        graph.restore(half);
        graph.resumeIdle(0, IntStream.range(0, 5).mapToDouble(PartialFcTest::rate).toArray());
        train(graph, 5, 9, 1);
        Map<String, float[]> found = values(saved(graph, "resumed" + shards), keys);
        if (shards == 3) {
          whole.forEach((key, value) -> assertArrayEquals(value, found.get(key), key));
        }
        assertClose(whole, found, 2e-4);
      }
    }
  }

  /** A loss that is not finite moves no class. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void nothingMovesWithoutALoss(int shards) {
    PartialFc sampling = new PartialFc(0.4, LazyStates.CATCH_UP);
    try (TrainingGraph graph = graph(ARCFACE, new Update(SGD, 0), shards, sampling)) {
      graph.initialize();
      train(graph, 0, 2, 1);
      float[] before = Saved.value(saved(graph, "before"), "centers");
      assertThrows(DivergedException.class, () -> graph.step(batch(2), 2, 0.01, Double.NaN, 1));
      assertArrayEquals(before, Saved.value(saved(graph, "after"), "centers"));
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    for (double rate : new double[] {0, -0.1, 1.5, Double.NaN}) {
      assertThrows(
          InvalidInputException.class, () -> new PartialFc(rate, LazyStates.KEEP), "" + rate);
    }
    for (double share : new double[] {0, -1, 1e7, Double.NaN}) {
      assertThrows(
          InvalidInputException.class, () -> new Update(SGD, 0, 1, null, share), "" + share);
    }
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> graph(ARCFACE, new Update(ADAM, 0), 1, new PartialFc(0.5, LazyStates.CATCH_UP)));
    assertTrue(e.getMessage().contains("`optimizer` sgd"), e.getMessage());
  }
}

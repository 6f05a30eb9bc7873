package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Class centers in several shards train as in one, and a checkpoint does not show how many. */
class ShardsTest {
  private static final int CLASSES = 7;
  private static final Optimizer SGD = new Optimizer.Sgd(0.9, false, 1e-3);
  private static final Optimizer ADAM = new Optimizer.Adam(0.9, 0.999, 1e-7);
  private static final Backbone PLAIN =
      (layers, images) ->
          layers.dense("b", layers.relu(layers.dense("a", layers.flatten(images), 12)), 6);

  @TempDir Path dir;
  private TrainTest data;

  @BeforeEach
  void setUp() throws IOException {
    data = IdxFolder.read(Idx.folder(dir.resolve("data"), CLASSES, 30, 10));
  }

  private TrainingGraph graph(Head head, Update update, int shards) {
    return graph(PLAIN, head, update, shards);
  }

  private TrainingGraph graph(Backbone backbone, Head head, Update update, int shards) {
    return graph(new Network(data.train().element(), backbone, head, CLASSES), update, shards);
  }

  private TrainingGraph graph(Head head, Update update, int shards, Precision precision) {
    Network network = new Network(data.train().element(), PLAIN, head, CLASSES);
    return graph(network.withPrecision(precision), update, shards);
  }

  private static TrainingGraph graph(Network network, Update update, int shards) {
    return new TrainingGraph(network.withShards(shards), update, 1, Device.parse("cpu").session(1));
  }

  private Batch batch(int from, int size) {
    Samples samples = data.train();
    int bytes = samples.element().bytes();
    byte[] pixels = new byte[size * bytes];
    int[] labels = new int[size];
    int[] numbers = new int[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (5 * (from + i)) % samples.size();
      samples.copy(numbers[i], pixels, i * bytes);
      labels[i] = samples.label(numbers[i]);
    }
    return new Batch(size, pixels, labels, numbers);
  }

  private void train(TrainingGraph graph, int from, int to, int batches) {
    for (int t = from; t < to; t++) {
      List<Batch> step =
          Stream.iterate(0, k -> k + 1).limit(batches).map(k -> batch(16 * k, 16)).toList();
      graph.step(step, t, 0.01, 1, 1);
    }
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

  private static void assertClose(Map<String, float[]> one, Map<String, float[]> other) {
    one.forEach(
        (key, expected) -> {
          float[] found = other.get(key);
          double largest = 1e-6;
          for (float v : expected) {
            largest = Math.max(largest, Math.abs(v));
          }
          assertEquals(expected.length, found.length, key);
          for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], 2e-4 * largest, key + " " + i);
          }
        });
  }

  static Stream<Arguments> updates() {
    return Stream.of(
        Arguments.of("momentum", new Update(SGD, 0), List.of("optimizer/centers/momentum")),
        Arguments.of("clipped", new Update(SGD, 0.5), List.of("optimizer/centers/momentum")),
        Arguments.of(
            "accumulated", new Update(SGD, 0, 2, null), List.of("optimizer/centers/momentum")),
        Arguments.of("averaged", new Update(SGD, 0, 1, 0.9), List.of("raw/centers")),
        Arguments.of(
            "adam", new Update(ADAM, 0), List.of("optimizer/centers/m", "optimizer/centers/v")),
        Arguments.of(
            "adamw",
            new Update(new Optimizer.AdamW(new Optimizer.Adam(0.9, 0.999, 1e-7), 0.01), 0),
            List.of("optimizer/centers/m")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("updates")
  void everyUpdateIsTheSame(String name, Update update, List<String> keys) {
    List<String> all = Stream.concat(Stream.of("centers", "a/kernel"), keys.stream()).toList();
    Map<String, float[]> one = null;
    for (int shards : new int[] {1, 2, 3, 7}) {
      try (TrainingGraph graph = graph(AngularHead.arcFace(0.3, 10), update, shards)) {
        graph.initialize();
        train(graph, 0, 8, update.batches());
        Map<String, float[]> found = values(saved(graph, name + shards), all);
        one = one == null ? found : one;
        assertClose(one, found);
      }
    }
  }

  /** Nothing but centers is trained. */
  @Test
  void centersAloneAreTheSame() {
    Map<String, float[]> one = null;
    for (int shards : new int[] {1, 3}) {
      try (TrainingGraph graph =
          graph(
              (layers, images) -> layers.flatten(images),
              AngularHead.arcFace(0.3, 10),
              new Update(SGD, 0),
              shards)) {
        graph.initialize();
        train(graph, 0, 4, 1);
        Map<String, float[]> found = values(saved(graph, "alone" + shards), List.of("centers"));
        one = one == null ? found : one;
        assertClose(one, found);
      }
    }
  }

  /** A backbone that is trained from a later step on waits, while centers move. */
  @Test
  void aBackboneWaitsForItsStep() {
    Backbone waits =
        new Backbone() {
          @Override
          public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
            return PLAIN.features(layers, images);
          }

          @Override
          public long trainedFrom(Variable variable) {
            return 2;
          }
        };
    for (int shards : new int[] {1, 3}) {
      try (TrainingGraph graph =
          graph(waits, AngularHead.arcFace(0.3, 10), new Update(SGD, 0), shards)) {
        graph.initialize();
        List<String> keys = List.of("a/kernel", "centers");
        Map<String, float[]> before = values(saved(graph, "first" + shards), keys);
        for (int t = 0; t < 3; t++) {
          train(graph, t, t + 1, 1);
          Map<String, float[]> after = values(saved(graph, "after-" + shards + "-" + t), keys);
          boolean same = Arrays.equals(before.get("a/kernel"), after.get("a/kernel"));
          assertEquals(t < 2, same, "step " + t);
          assertFalse(Arrays.equals(before.get("centers"), after.get("centers")));
          before = after;
        }
      }
    }
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  @ParameterizedTest
  @MethodSource("heads")
  void everyHeadTrainsTheSame(String name) {
    Head head = HeadConfig.named(name).head(CLASSES, new int[] {5, 9, 4, 30, 8, 8, 2});
    Map<String, float[]> one = null;
    for (int shards : new int[] {1, 3}) {
      try (TrainingGraph graph = graph(head, new Update(SGD, 0), shards)) {
        graph.initialize();
        train(graph, 0, 4, 1);
        Map<String, float[]> found =
            values(saved(graph, name + shards), List.of("centers", "a/kernel"));
        one = one == null ? found : one;
        assertClose(one, found);
      }
    }
  }

  /** First values are those of one shard to the bit, and so is what another number reads back. */
  @Test
  void aCheckpointDoesNotDependOnShards() {
    Head head = AngularHead.arcFace(0.3, 10).withSubcenters(2);
    Update update = new Update(ADAM, 0);
    List<String> keys = List.of("centers", "optimizer/centers/m", "a/kernel");
    Map<String, float[]> first;
    Path trained;
    try (TrainingGraph graph = graph(head, update, 1)) {
      graph.initialize();
      first = values(saved(graph, "first"), keys);
      train(graph, 0, 3, 1);
      trained = saved(graph, "trained");
    }
    for (int shards : new int[] {2, 4, 7}) {
      try (TrainingGraph graph = graph(head, update, shards)) {
        graph.initialize();
        Path initial = saved(graph, "initial" + shards);
        first.forEach((key, value) -> assertArrayEquals(value, Saved.value(initial, key), key));
        graph.restore(trained);
        Path again = saved(graph, "again" + shards);
        values(trained, keys)
            .forEach((key, value) -> assertArrayEquals(value, Saved.value(again, key), key));
        try (TrainingGraph back = graph(head, update, 3)) {
          back.restore(again);
          assertArrayEquals(
              Saved.value(trained, "centers"), Saved.value(saved(back, "b" + shards), "centers"));
        }
      }
    }
  }

  /**
   * Whatever the products are rounded to, what is trained is float32, and either goes on with it.
   */
  @Test
  void aCheckpointDoesNotDependOnPrecision() {
    Update update = new Update(SGD, 0);
    List<String> keys = List.of("centers", "optimizer/centers/momentum", "a/kernel", "b/kernel");
    Map<Precision, Map<String, float[]>> trained = new EnumMap<>(Precision.class);
    for (Precision precision : Precision.values()) {
      try (TrainingGraph graph = graph(AngularHead.arcFace(0.3, 10), update, 3, precision)) {
        graph.initialize();
        train(graph, 0, 4, 1);
        Path checkpoint = saved(graph, precision.id());
        trained.put(precision, values(checkpoint, keys));
        for (Precision other : Precision.values()) {
          try (TrainingGraph next = graph(AngularHead.arcFace(0.3, 10), update, 3, other)) {
            next.restore(checkpoint);
            Path again = saved(next, precision.id() + other.id());
            trained
                .get(precision)
                .forEach((key, value) -> assertArrayEquals(value, Saved.value(again, key), key));
          }
        }
      }
    }
    float[] exact = trained.get(Precision.FLOAT32).get("centers");
    float[] rounded = trained.get(Precision.BFLOAT16).get("centers");
    double difference = 0;
    double fine = 0;
    for (int i = 0; i < exact.length; i++) {
      difference = Math.max(difference, Math.abs(exact[i] - rounded[i]));
      fine += Float.floatToIntBits(rounded[i]) & 0xffff; // what bfloat16 would not keep
    }
    assertTrue(difference > 0 && difference < 0.01, "difference " + difference);
    assertTrue(fine > 0, "centers rounded to bfloat16");
  }

  /** A loss that is not finite moves no shard. */
  @Test
  void nothingMovesWithoutALoss() {
    try (TrainingGraph graph = graph(AngularHead.arcFace(0.3, 10), new Update(SGD, 0), 3)) {
      graph.initialize();
      train(graph, 0, 1, 1);
      float[] before = Saved.value(saved(graph, "before"), "centers");
      assertThrows(DivergedException.class, () -> graph.step(batch(0, 16), 1, 0.01, Double.NaN, 1));
      assertArrayEquals(before, Saved.value(saved(graph, "after"), "centers"));
    }
  }

  @Test
  void moreShardsThanClassesAreRefused() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> graph(AngularHead.arcFace(0.3, 10), new Update(SGD, 0), CLASSES + 1));
    assertEquals(
        "shards: expected 1 up to the number of classes, 7, found 8; 1 is right for few classes",
        e.getMessage());
  }
}

package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.cluster.Chief;
import org.marginsoftmax.cluster.Cluster;
import org.marginsoftmax.cluster.Workers;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Pixels;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.BatchNorm;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.run.TrainConfig;
import org.marginsoftmax.run.Versions;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.types.TFloat32;

/** Over two workers training is what it is in one process. */
class ClusterTest {
  private static final int CLASSES = 23;
  private static final int N = 16;
  private static final int D = 12;
  private static final int STEPS = 4;
  private static final Optimizer SGD = new Optimizer.Sgd(0.9, false, 1e-3);
  private static final Optimizer ADAM = new Optimizer.Adam(0.9, 0.999, 1e-7);
  private static final Backbone PLAIN =
      (layers, images) ->
          layers.dense("b", layers.relu(layers.dense("a", layers.flatten(images), 12)), 8);

  /** With all that a batch is in: statistics, random draws, and rows that are not samples. */
  private static final Backbone NORMED =
      (layers, images) -> {
        Operand<TFloat32> x = layers.batchNorm("n1", layers.conv2d("c1", images, 4, 3));
        x = layers.prelu("p", layers.dropout("d1", x, 0.3));
        x = layers.dense("a", layers.flatten(x), 10);
        x = layers.batchNorm("n2", layers.dropout("d2", x, 0.2));
        return layers.batchNorm(
            "n3", layers.linear("b", x, 8), new BatchNorm(1e-3, 0.9, BatchNorm.Affine.OFFSET));
      };

  private static Chief chief;

  @TempDir Path dir;

  @BeforeAll
  static void begin() throws IOException {
    Workers workers = Workers.ofThisProcess();
    chief =
        Chief.of(
            Cluster.read(workers.file()),
            Versions.ofLibraries(),
            Device.parse("cpu").session(1),
            System.out);
  }

  @AfterAll
  static void end() {
    chief.close();
  }

  /**
   * A way to train.
   *
   * @param mixes whether samples are mixed
   * @param neighbors whether the sampler asks for neighbors
   */
  private record Way(Network network, Update update, boolean mixes, boolean neighbors, int steps) {
    Way(Network network, Update update, boolean mixes, boolean neighbors) {
      this(network, update, mixes, neighbors, STEPS);
    }

    static Way of(Head head, Update update) {
      return new Way(network(head), update, false, false);
    }

    static Network network(Head head) {
      return new Network(new ImageShape(3, 4, 1), PLAIN, head, CLASSES).withShards(5);
    }

    TrainingGraph graph(Processes processes) {
      return new TrainingGraph(network, update, 1, processes, neighbors, mixes);
    }
  }

  private static Batch batch(ElementSpec element, int number, boolean mixes) {
    Random random = new Random(number);
    byte[] pixels = new byte[N * element.bytes()];
    if (element instanceof ImageShape) {
      random.nextBytes(pixels);
    } else {
      ByteBuffer floats = ByteBuffer.wrap(pixels).order(ByteOrder.nativeOrder());
      while (floats.hasRemaining()) {
        floats.putFloat((float) random.nextGaussian());
      }
    }
    int[] numbers = new int[N];
    for (int i = 0; i < N; i++) {
      numbers[i] = N * number + i;
    }
    int[] labels = random.ints(N, 0, CLASSES).toArray();
    return mixes
        ? new Batch(N, pixels, labels, numbers, random.ints(N, 0, CLASSES).toArray(), 0.7)
        : new Batch(N, pixels, labels, numbers);
  }

  /** What training gives: losses, metrics, what scoring says, and every variable at the end. */
  private record Trained(List<Double> figures, Map<String, float[]> variables) {}

  private Trained trained(Way way, Processes processes, String name) {
    try (TrainingGraph graph = way.graph(processes)) {
      graph.initialize();
      List<Double> figures = new ArrayList<>();
      for (int t = 0; t < way.steps; t++) {
        if (way.neighbors) {
          graph.beginEpoch();
          for (int[] nearest : graph.nearestClasses(new int[] {0, 7, 22}, 3)) {
            for (int each : nearest) {
              figures.add((double) each);
            }
          }
        }
        List<Batch> batches = new ArrayList<>();
        for (int k = 0; k < way.update.batches(); k++) {
          batches.add(batch(way.network.element(), 7 * t + k, way.mixes));
        }
        StepResult result = graph.step(batches, t, 0.05, Math.min(1, 0.5 + 0.1 * t), 1);
        figures.addAll(
            List.of(
                result.loss(),
                result.accuracy(),
                result.targetAngle(),
                result.featureNorm(),
                result.centerNorm()));
      }
      graph.catchUp(STEPS);
      Checkpoints checkpoints = new Checkpoints(dir.resolve(name));
      checkpoints.save(graph, new TrainingState(STEPS, 0, 0, 1, 0, 1));
      Map<String, float[]> variables = new LinkedHashMap<>();
      for (String key : Saved.keys(checkpoints.variables(STEPS))) {
        variables.put(key, Saved.value(checkpoints.variables(STEPS), key));
      }
      return new Trained(figures, variables);
    }
  }

  private void assertSame(Way way, double share) {
    assertSame(way, share, 10 * share);
  }

  /**
   * Asserts that two workers give what one process gives.
   *
   * @param share difference of figures that may be
   * @param ofVariables difference of variables that may be, as a share of the largest in each
   */
  private void assertSame(Way way, double share, double ofVariables) {
    Trained one = trained(way, Processes.one(Device.parse("cpu").session(1)), "one");
    Trained two = trained(way, chief, "two");
    assertEquals(one.figures.size(), two.figures.size());
    for (int i = 0; i < one.figures.size(); i++) {
      double expected = one.figures.get(i);
      assertEquals(
          expected, two.figures.get(i), share * Math.max(1, Math.abs(expected)), "figure " + i);
    }
    assertEquals(one.variables.keySet(), two.variables.keySet());
    one.variables.forEach(
        (key, expected) -> {
          float[] found = two.variables.get(key);
          double largest = 1e-2; // Some gradients are 0 but for rounding.
          for (float v : expected) {
            largest = Math.max(largest, Math.abs(v));
          }
          assertEquals(expected.length, found.length, key);
          for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], ofVariables * largest, key + " " + i);
          }
        });
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  /** One step of a head alone. */
  @ParameterizedTest
  @MethodSource("heads")
  void aHeadIsTheSameToAMillionth(String name) {
    Network network =
        new Network(new ArrayShape(List.of(D)), new NoBackbone(), named(name), CLASSES)
            .withShards(5);
    assertSame(new Way(network, new Update(SGD, 0), false, false, 1), 1e-6, 1e-6);
  }

  /** As far as one process differs from itself with another number of threads, and rounding. */
  @Test
  void twentyStepsAreTheSame() {
    Network network =
        new Network(new ImageShape(3, 4, 1), NORMED, AngularHead.arcFace(0.3, 10), CLASSES)
            .withShards(5);
    Way way = new Way(network, new Update(SGD, 0), false, false, 20);
    Trained one = trained(way, Processes.one(Device.parse("cpu").session(1)), "one");
    Trained threads = trained(way, Processes.one(Device.parse("cpu").session(3)), "threads");
    Trained two = trained(way, chief, "two");
    double allowed = Math.max(1e-5, 10 * difference(one, threads));
    double found = difference(one, two);
    assertTrue(found <= allowed, found + " above " + allowed);
  }

  /** The largest of all figures, as a share of those above 1. */
  private static double difference(Trained one, Trained other) {
    double difference = 0;
    for (int i = 0; i < one.figures.size(); i++) {
      double expected = one.figures.get(i);
      difference =
          Math.max(
              difference,
              Math.abs(expected - other.figures.get(i)) / Math.max(1, Math.abs(expected)));
    }
    return difference;
  }

  private static Head named(String name) {
    int[] counts = new int[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      counts[k] = 2 + k;
    }
    return HeadConfig.named(name).head(CLASSES, counts);
  }

  @ParameterizedTest
  @MethodSource("heads")
  void everyHeadTrainsTheSame(String name) {
    assertSame(Way.of(named(name), new Update(SGD, 0)), 1e-5);
  }

  /** Heads that differ in what they have of all classes: sums, largest, state, several centers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "softmax",
        "arcface",
        "adacos",
        "curricularface",
        "subcenter-arcface",
        "soft-triple"
      })
  void headsTrainTheSameOnASampleOfTheClasses(String name) {
    sampled(name);
  }

  @Tag("release")
  @ParameterizedTest
  @MethodSource("heads")
  void everyHeadTrainsTheSameOnASampleOfTheClasses(String name) {
    sampled(name);
  }

  private void sampled(String name) {
    Way way = Way.of(named(name), new Update(SGD, 0));
    assertSame(
        new Way(
            way.network.withPartialFc(new PartialFc(0.5, PartialFc.LazyStates.KEEP)),
            way.update,
            false,
            false),
        1e-5);
  }

  static Stream<Arguments> ways() {
    Head head = AngularHead.arcFace(0.3, 10);
    Network network = Way.network(head);
    return Stream.of(
        Arguments.of("clipped", Way.of(head, new Update(SGD, 0.5)), 1e-5),
        Arguments.of("accumulated", Way.of(head, new Update(SGD, 0, 2, null)), 1e-5),
        Arguments.of("averaged", Way.of(head, new Update(SGD, 0, 1, 0.9)), 1e-5),
        Arguments.of("plain", Way.of(head, new Update(new Optimizer.Sgd(0, false, 0), 0)), 1e-5),
        Arguments.of(
            "nesterov", Way.of(head, new Update(new Optimizer.Sgd(0.9, true, 1e-3), 0)), 1e-5),
        Arguments.of("adam", Way.of(head, new Update(ADAM, 0)), 1e-4),
        Arguments.of(
            "adamw",
            Way.of(head, new Update(new Optimizer.AdamW((Optimizer.Adam) ADAM, 0.01), 0)),
            1e-4),
        Arguments.of("own rate", Way.of(head, new Update(SGD, 0, 1, null, 10)), 1e-5),
        Arguments.of("subcenters", Way.of(head2(), new Update(SGD, 0)), 1e-5),
        Arguments.of(
            "caught up",
            new Way(
                network.withPartialFc(new PartialFc(0.4, PartialFc.LazyStates.CATCH_UP)),
                new Update(SGD, 0),
                false,
                false),
            1e-5),
        Arguments.of(
            "sampled adam",
            new Way(
                network.withPartialFc(new PartialFc(0.4, PartialFc.LazyStates.KEEP)),
                new Update(ADAM, 0),
                false,
                false),
            1e-4),
        Arguments.of(
            "sampled and accumulated",
            new Way(
                network.withPartialFc(new PartialFc(0.4, PartialFc.LazyStates.KEEP)),
                new Update(SGD, 0, 2, null),
                false,
                false),
            1e-5),
        Arguments.of("mixed", new Way(network, new Update(SGD, 0), true, false), 1e-5),
        Arguments.of("neighbors", new Way(network, new Update(SGD, 0), false, true), 1e-5),
        Arguments.of(
            "two blocks", new Way(network.withShards(2), new Update(SGD, 0), false, false), 1e-5),
        Arguments.of(
            "a block a class",
            new Way(network.withShards(CLASSES), new Update(SGD, 0), false, false),
            1e-5),
        Arguments.of(
            "bfloat16",
            new Way(
                network.withPrecision(Precision.BFLOAT16_BY_FLOAT32),
                new Update(SGD, 0),
                false,
                false),
            1e-2),
        Arguments.of(
            "batch norm and dropout",
            new Way(
                new Network(new ImageShape(3, 4, 1), NORMED, head, CLASSES).withShards(5),
                new Update(SGD, 0),
                false,
                false),
            2e-5),
        Arguments.of(
            "given centers",
            new Way(network.withCenters(Initializer.normal(0.3)), new Update(SGD, 0), false, false),
            1e-5));
  }

  private static Head head2() {
    return AngularHead.arcFace(0.3, 10).withSubcenters(2);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ways")
  void everyWayIsTheSame(String name, Way way, double share) {
    assertSame(way, share);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"small-cnn", "mobilefacenet width=2", "xvector channels=24 pooled_channels=40"})
  void backbonesAreTheSame(String backbone) {
    sameBackbone(backbone);
  }

  @Tag("release")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "iresnet-18 dropout_rate=0.3",
        "resnet-18 stem=small",
        "ecapa-tdnn channels=16 pooled_channels=32"
      })
  void everyOtherBackboneIsTheSame(String backbone) {
    sameBackbone(backbone);
  }

  private void sameBackbone(String backbone) {
    String[] words = backbone.split(" ");
    boolean arrays = words[0].equals("xvector") || words[0].equals("ecapa-tdnn");
    ElementSpec element = arrays ? new ArrayShape(List.of(20, 6)) : new ImageShape(20, 16, 3);
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("backbone.name", words[0]);
    options.put("backbone.embedding", 8);
    for (String option : List.of(words).subList(1, words.length)) {
      String value = option.substring(option.indexOf('=') + 1);
      options.put(
          "backbone." + option.substring(0, option.indexOf('=')),
          value.matches("\\d+")
              ? (Object) Integer.valueOf(value)
              : value.matches("[\\d.]+") ? Double.valueOf(value) : value);
    }
    Network network =
        new Network(
                element,
                TrainConfig.usual().with(options).backbone().backbone(),
                AngularHead.arcFace(0.3, 10),
                CLASSES)
            .withShards(5);
    // One step: in more, what rounding begins grows. Where an activation is near 0 it decides on a
    // gradient at once: of ResNet-18 a batch in reverse order changes single ones by a fifth.
    Way way = new Way(network, new Update(SGD, 0), false, false, 1);
    Trained one = trained(way, Processes.one(Device.parse("cpu").session(1)), "one");
    Trained two = trained(way, chief, "two");
    for (int i = 0; i < one.figures.size(); i++) {
      double expected = one.figures.get(i);
      assertEquals(
          expected, two.figures.get(i), 1e-4 * Math.max(1, Math.abs(expected)), "figure " + i);
    }
    assertEquals(one.variables.keySet(), two.variables.keySet());
    one.variables.forEach(
        (key, expected) -> {
          float[] found = two.variables.get(key);
          double off = 0;
          double size = 0;
          for (int i = 0; i < expected.length; i++) {
            off += Math.pow(found[i] - expected[i], 2);
            size += Math.pow(expected[i], 2);
          }
          // Some gradients are 0 but for rounding.
          double least = 1e-4 * expected.length;
          assertTrue(off < 0.03 * 0.03 * Math.max(size, least), key + " " + Math.sqrt(off / size));
        });
  }

  /**
   * Rounded to bfloat16 on the way, features and gradients are off by 2^-9 of themselves at most.
   */
  @Test
  void compressedTrainsNearlyTheSame() {
    Processes compressing =
        new Processes() {
          @Override
          public Tasks tasks() {
            return new Tasks(chief.tasks().workers(), true);
          }

          @Override
          public Session session(Graph graph) {
            return chief.session(graph);
          }
        };
    Way way = Way.of(AngularHead.arcFace(0.3, 10), new Update(SGD, 0));
    Trained exact = trained(way, chief, "exact");
    Trained rounded = trained(way, compressing, "rounded");
    double loss = exact.figures.get(0);
    double off = Math.abs(rounded.figures.get(0) - loss) / loss;
    assertTrue(off > 1e-7 && off < 5e-3, "loss off by " + off);
    float[] expected = exact.variables.get("centers");
    float[] found = rounded.variables.get("centers");
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      most = Math.max(most, Math.abs(expected[i] - found[i]));
    }
    assertTrue(most > 1e-7 && most < 1e-2, "centers off by " + most);
  }

  /** A checkpoint does not show how many processes wrote it, and any number reads it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anglesToTheCentersAreTheSame(int perClass) {
    Way way = Way.of(AngularHead.arcFace(0.3, 10).withSubcenters(perClass), new Update(SGD, 0));
    Batch batch = batch(way.network.element(), 1, false);
    Samples samples =
        new InMemorySamples(
            Pixels.of((ImageShape) way.network.element(), batch.elements()),
            batch.labels(),
            IntStream.range(0, CLASSES).mapToObj(k -> "class " + k).toList());
    List<ValidationAngles> angles = new ArrayList<>();
    for (Processes processes :
        List.of(Processes.one(Device.parse("cpu").session(1)), (Processes) chief)) {
      try (TrainingGraph graph = way.graph(processes)) {
        graph.initialize();
        angles.add(graph.angles(samples));
      }
    }
    assertEquals(N, angles.get(1).own().size());
    assertEquals(angles.get(0).own().sum(), angles.get(1).own().sum(), 1e-3);
    assertEquals(angles.get(0).other().sum(), angles.get(1).other().sum(), 1e-3);
    assertArrayEquals(angles.get(0).other().counts(), angles.get(1).other().counts());
  }

  @Test
  void checkpointsAreOfNoCluster() {
    Way way = Way.of(AngularHead.arcFace(0.3, 10).withSubcenters(2), new Update(ADAM, 0));
    trained(way, chief, "two");
    Path written = new Checkpoints(dir.resolve("two")).variables(STEPS);
    for (Processes processes : List.of(Processes.one(Device.parse("cpu").session(1)), chief)) {
      try (TrainingGraph graph = way.graph(processes)) {
        graph.restore(written);
        Checkpoints again = new Checkpoints(dir.resolve("again" + processes.tasks().workers()));
        again.save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
        for (String key : Saved.keys(written)) {
          assertArrayEquals(Saved.value(written, key), Saved.value(again.variables(1), key), key);
        }
      }
    }
  }

  @Test
  void aLossThatIsNotFiniteMovesNothing() {
    Way way = Way.of(AngularHead.arcFace(0.3, 10), new Update(SGD, 0));
    try (TrainingGraph graph = way.graph(chief)) {
      graph.initialize();
      graph.step(batch(new ImageShape(3, 4, 1), 1, false), 0, 0.05, 1, 1);
      Checkpoints before = new Checkpoints(dir.resolve("before"));
      before.save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
      assertThrows(
          DivergedException.class,
          () -> graph.step(batch(new ImageShape(3, 4, 1), 2, false), 1, 0.05, Double.NaN, 1));
      Checkpoints after = new Checkpoints(dir.resolve("after"));
      after.save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
      assertArrayEquals(
          Saved.value(before.variables(1), "centers"), Saved.value(after.variables(1), "centers"));
    }
  }

  /** A training without values of its own finds none, though one before it had the same names. */
  @Test
  void whatTrainingsLeaveInTheWorkersIsForgotten() {
    Way way = Way.of(AngularHead.arcFace(0.3, 10), new Update(SGD, 0));
    try (TrainingGraph graph = way.graph(chief)) {
      graph.initialize();
      graph.step(batch(new ImageShape(3, 4, 1), 1, false), 0, 0.05, 1, 1);
    }
    try (TrainingGraph graph = way.graph(chief)) {
      TensorFlowException e =
          assertThrows(
              TensorFlowException.class,
              () -> graph.step(batch(new ImageShape(3, 4, 1), 1, false), 0, 0.05, 1, 1));
      assertTrue(e.getMessage().contains("does not exist"), e.getMessage());
    }
  }

  @Test
  void fewerShardsThanWorkersAreRefused() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () ->
                new Way(
                        Way.network(AngularHead.arcFace(0.3, 10)).withShards(1),
                        new Update(SGD, 0),
                        false,
                        false)
                    .graph(chief));
    assertTrue(
        e.getMessage().startsWith("shards: expected at least one for each of the 2 workers"));
  }
}

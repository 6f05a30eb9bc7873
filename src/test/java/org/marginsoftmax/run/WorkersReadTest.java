package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.cluster.Chief;
import org.marginsoftmax.cluster.Cluster;
import org.marginsoftmax.cluster.WorkerLostException;
import org.marginsoftmax.cluster.Workers;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.DivergedException;
import org.marginsoftmax.train.LearningRate;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.Processes;
import org.marginsoftmax.train.SampleReaders;
import org.marginsoftmax.train.Trainer;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingListener;
import org.marginsoftmax.train.TrainingPlan;
import org.marginsoftmax.train.TrainingState;
import org.marginsoftmax.train.Update;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/** Workers that read their parts of the batches train as a chief that reads all. */
class WorkersReadTest {
  private static final Backbone BACKBONE =
      (layers, images) ->
          layers.linear("b", layers.relu(layers.dense("a", layers.flatten(images), 8)), 6);

  private static final Backbone ENDLESS =
      (layers, images) ->
          layers
              .tf()
              .math
              .mul(
                  BACKBONE.features(layers, images), layers.tf().constant(Float.POSITIVE_INFINITY));

  @TempDir static Path folder;
  private static Workers workers;
  private static Path data;

  @TempDir Path dir;

  @BeforeAll
  static void begin() throws IOException {
    workers = Workers.ofThisProcess();
    data = Idx.folder(folder.resolve("data"), 4, 30, 5);
  }

  private static Chief chief() {
    return Chief.of(
        Cluster.read(workers.file()),
        Versions.ofLibraries(),
        Device.parse("cpu").session(1),
        System.out);
  }

  private static TrainConfig configured(Map<String, ?> options) {
    Map<String, Object> all = new HashMap<>(options);
    all.put("data.source", data.toString());
    all.putIfAbsent("loop.batch_size", 13);
    return TrainConfig.usual().with(all);
  }

  /** A training of two epochs and a half. */
  private record Training(TrainConfig config, TrainingData samples, Epochs epochs) {
    static Training of(Map<String, ?> options) {
      TrainConfig config = configured(options);
      TrainingData samples = TrainingData.of(config.data(), config.loop().seed(), null, System.out);
      config = config.with(TrainingEpochs.sizes(config, samples.train()));
      Epochs epochs =
          TrainingEpochs.of(
              config.batches(), samples.train(), config.loop().batchSize(), config.loop().seed());
      return new Training(config, samples, epochs);
    }

    void read(Chief chief) {
      chief.read(Json.text(SamplesConfig.of(config)), samples.hash());
    }

    Network network(Backbone backbone) {
      return new Network(samples.train().element(), backbone, AngularHead.arcFace(0.2, 8), 4)
          .withShards(2);
    }

    List<Double> losses(Processes processes, Path checkpoints, long stop, Backbone backbone) {
      Network network = network(backbone);
      Update update =
          new Update(new Optimizer.Sgd(0.9, false, 0), 0, config.loop().accumulate(), null);
      int perEpoch = epochs.sampler().perEpoch() / epochs.batchSize() / config.loop().accumulate();
      TrainingPlan plan =
          new TrainingPlan(
              2L * perEpoch + perEpoch / 2,
              perEpoch,
              epochs.batchSize(),
              3,
              new LearningRate(0.01, new LearningRate.Constant(), 0),
              new Schedule.Constant(),
              new Schedule.Constant(),
              config.loop().accumulate());
      List<Double> losses = new ArrayList<>();
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void step(Step step) {
              losses.add(step.seen().loss());
            }

            @Override
            public void epoch(Epoch epoch) {}

            @Override
            public void close() {}
          };
      Checkpoints saved = new Checkpoints(checkpoints);
      TrainingState from = saved.latest().orElse(TrainingState.start());
      try (TrainingGraph graph =
          new TrainingGraph(
              network, update, 3, processes, epochs.sampler().needsNeighbors(), false)) {
        if (from.step() == 0) {
          graph.initialize();
        } else {
          saved.restore(graph, from);
        }
        new Trainer(graph, plan, saved, List.of(listener))
            .run(epochs, samples.validation(), from, () -> losses.size() >= stop);
      }
      return losses;
    }
  }

  /** The same workers, which are sent what the chief reads. */
  private static Processes fed(Chief chief) {
    return new Processes() {
      @Override
      public Tasks tasks() {
        return chief.tasks();
      }

      @Override
      public Session session(Graph graph) {
        return chief.session(graph);
      }
    };
  }

  static List<Arguments> feeds() {
    return List.of(
        Arguments.of("as they are", Map.of()),
        Arguments.of("augmented", Map.of("batches.augment", "shift:1:0.2,noise:1:20")),
        Arguments.of("several batches a step", Map.of("loop.accumulate", 3, "loop.batch_size", 8)),
        Arguments.of("one sample for each worker", Map.of("loop.batch_size", 2)),
        Arguments.of("p-by-k", Map.of("batches.sampler", "p-by-k", "batches.classes_per_batch", 3)),
        Arguments.of(
            "hard classes, augmented",
            Map.of("batches.sampler", "hard-classes", "batches.augment", "noise:1:20")),
        Arguments.of(
            "balanced, samples that repeat, augmented",
            Map.of("batches.sampler", "balanced", "batches.augment", "noise:1:20")),
        Arguments.of("limited, some classes", Map.of("data.limit", 50, "data.classes", "0,2,3")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("feeds")
  void everyFeedIsTheSame(String name, Map<String, ?> options) {
    Training training = Training.of(options);
    List<Double> expected;
    List<Double> found;
    try (Chief chief = chief()) {
      training.read(chief);
      expected = training.losses(fed(chief), dir.resolve("fed"), Long.MAX_VALUE, BACKBONE);
      int part = expected.size() / 2;
      found = training.losses(chief, dir.resolve("read"), part, BACKBONE);
      assertEquals(part, found.size());
    }
    try (Chief chief = chief()) {
      training.read(chief);
      found.addAll(training.losses(chief, dir.resolve("read"), Long.MAX_VALUE, BACKBONE));
    }
    assertEquals(expected, found);
  }

  @Test
  void otherSamplesAreRefused() throws IOException {
    Training training = Training.of(Map.of());
    try (Chief chief = chief()) {
      String hash = training.samples.hash().replace('0', '1');
      String config = Json.text(SamplesConfig.of(training.config));
      InvalidInputException refused =
          assertThrows(InvalidInputException.class, () -> chief.read(config, hash));
      assertTrue(
          refused.getMessage().contains("worker 0 (" + workers.address(0) + ")"),
          refused.getMessage());
      assertTrue(refused.getMessage().contains("other samples"), refused.getMessage());
      assertTrue(refused.getMessage().contains("data: chief"), refused.getMessage());
    }
  }

  @Test
  void missingSamplesAreRefused() {
    TrainConfig elsewhere =
        configured(Map.of()).with(Map.of("data.source", dir.resolve("no").toString()));
    try (Chief chief = chief()) {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> chief.read(Json.text(SamplesConfig.of(elsewhere)), "0"))
              .getMessage();
      assertTrue(message.contains("worker 0 (" + workers.address(0) + ")"), message);
      assertTrue(message.contains(dir.resolve("no").toString()), message);
    }
  }

  @Test
  void aLossThatIsNotFiniteIsNamedThoughItsBatchIsGone() {
    Training training = Training.of(Map.of());
    try (Chief chief = chief()) {
      training.read(chief);
      String message =
          assertThrows(
                  DivergedException.class,
                  () -> training.losses(chief, dir.resolve("nan"), Long.MAX_VALUE, ENDLESS))
              .getMessage();
      assertTrue(message.contains("at step 1, first in a sample that a worker has read"), message);
    }
  }

  /** What a worker cannot read in mid-training ends it, and says so. */
  @Test
  void aWorkerThatCannotReadAnyMoreIsNamed() {
    Training training = Training.of(Map.of());
    try (Chief chief = chief()) {
      training.read(chief);
      Network network = training.network(BACKBONE);
      Update update = new Update(new Optimizer.Sgd(0.9, false, 0), 0);
      long begun = System.nanoTime();
      String message =
          assertThrows(
                  WorkerLostException.class,
                  () ->
                      chief.guard(
                          () -> {
                            try (TrainingGraph graph =
                                new TrainingGraph(network, update, 3, chief, false, false)) {
                              graph.initialize();
                              int[] wrong = IntStream.generate(() -> 1 << 20).limit(13).toArray();
                              chief.readers().begin(new SampleReaders.Epoch(0, 0, 1, 0), wrong);
                              Batch batch = new Batch(13, new byte[0], new int[13], new int[13]);
                              return graph.step(batch, 0, 0.01, 1, 1);
                            }
                          }))
              .getMessage();
      assertTrue(message.contains("cannot read the samples"), message);
      assertTrue(System.nanoTime() - begun < 20e9, "not before the timeout of 30 s");
    }
  }

  /** While a worker opens the samples it is watched as in training. */
  @Test
  void aWorkerThatDiesBeforeItHasOpenedThemIsNamed() throws Exception {
    Path data = Idx.folder(dir.resolve("data"), 4, 30, 5);
    try (Workers own = Workers.start(dir.resolve("cluster"), 1, 120)) {
      Path log = dir.resolve("log");
      Process train =
          new ProcessBuilder(
                  ChildJvm.ofCli(
                      "train",
                      "--data",
                      data.toString(),
                      "--cluster",
                      own.file().toString(),
                      "--out",
                      dir.resolve("out").toString()))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      while (train.isAlive() && !own.said(0).contains("a chief has come")) {
        Thread.sleep(5);
      }
      own.process(0).destroyForcibly();
      assertTrue(train.waitFor(60, TimeUnit.SECONDS));
      String said = Files.readString(log);
      assertEquals(1, train.exitValue(), said);
      assertTrue(said.contains("worker 0 (" + own.address(0) + ")"), said);
      assertFalse(said.contains("\tat "), said);
    }
  }
}

package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.EpochOrder;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Mixer;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.train.BackbonePass;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Processes;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingMemory;
import org.tensorflow.proto.ConfigProto;

/**
 * Measures a run's training step, from the batch to the updated variables, relative to the forward
 * and backward pass of its backbone alone, timed alternately in one process. Batches are prepared
 * beforehand.
 */
public final class TrainBench {
  private static final double LEARNING_RATE = 1e-6;

  private TrainBench() {}

  /**
   * What to measure.
   *
   * @param train configuration of the run
   * @param synthetic number of classes of random images, 2..100000000, in place of the data; null
   *     for the data
   * @param turns number of turns, each timing the backbone and then the step, 1..1000
   * @param times how often each is run in a turn, 1..100000; null for about a second
   */
  public record Config(TrainConfig train, Integer synthetic, int turns, Integer times) {
    /**
     * @throws InvalidInputException if a number is out of range
     */
    public Config {
      Turns.require("synthetic", synthetic == null ? 2 : synthetic, 2, 100_000_000);
      Turns.require("turns", turns, 1, 1000);
      Turns.require("times", times == null ? 1 : times, 1, 100_000);
    }
  }

  /**
   * What was measured.
   *
   * @param backbone its name
   * @param head its name
   * @param classes C
   * @param dimension D
   * @param samples of a step, in all its batches
   * @param shards number of blocks of centers
   * @param threads of TensorFlow
   * @param samplesPerSecond that a step trains on, by its median time
   * @param step for a step
   * @param backbonePass for the backbone, forward and backward, on the samples of a step
   * @param ratio of step to backbone
   * @param expectedPeakBytes what the step was expected to take, see {@link TrainingMemory}
   * @param peakBytes the most memory that the process had before the backbone was built a second
   *     time; null where the system does not say
   */
  public record Result(
      String backbone,
      String head,
      int classes,
      @JsonProperty("dim") int dimension,
      int samples,
      int shards,
      int threads,
      double samplesPerSecond,
      @JsonUnwrapped(prefix = "step_") Millis step,
      @JsonUnwrapped(prefix = "backbone_") Millis backbonePass,
      @JsonUnwrapped Ratio ratio,
      long expectedPeakBytes,
      Long peakBytes) {}

  /** What is trained, and the batches of a step. */
  private record Subject(TrainConfig config, Network network, boolean mixes, List<Batch> batches) {}

  /**
   * Runs the measurement.
   *
   * @param progress gets a line for each turn
   * @throws InvalidInputException for anything that would keep training from starting
   */
  public static Result run(Config config, PrintStream progress) {
    Subject subject =
        config.synthetic == null
            ? ofData(config.train, progress)
            : synthetic(config.train, config.synthetic);
    Network network = subject.network;
    TrainConfig train = subject.config;
    ProcessorUnits.say(network.precision(), progress);
    ConfigProto session = train.loop().session();
    TrainingMemory.Plan memory =
        TrainingMemory.Plan.of(
            network,
            train.optimizer().update(subject.batches.size()),
            subject.batches.get(0).size(),
            subject.mixes,
            1,
            0,
            SystemMemory.resident());
    MemoryRoom room = MemoryRoom.of(memory);
    room.require(true);
    room.memory().reserve();
    try (TrainingGraph graph =
        new TrainingGraph(
            network,
            train.optimizer().update(subject.batches.size()),
            train.loop().seed(),
            Processes.one(session),
            false,
            subject.mixes)) {
      Turns.uninterrupted(graph::initialize);
      Turns.Work step =
          new Turns.Work("step", () -> graph.step(subject.batches, 0, LEARNING_RATE, 1, 1));
      step.warmUp();
      Long peak = SystemMemory.peak();
      try (BackbonePass pass = new BackbonePass(network, train.loop().seed(), session)) {
        Turns.Work backbone = new Turns.Work("backbone", () -> subject.batches.forEach(pass::run));
        backbone.warmUp();
        int times = config.times == null ? step.timesInSecond() : config.times;
        Turns turns = Turns.of(step, backbone, config.turns, times, progress);
        int samples = subject.batches.stream().mapToInt(Batch::size).sum();
        return new Result(
            train.backbone().name(),
            train.head().name(),
            network.classes(),
            network.dimension(),
            samples,
            network.shards(),
            train.loop().threads(),
            1e3 * samples / turns.wholeMillis().ms(),
            turns.wholeMillis(),
            turns.bareMillis(),
            turns.ratio(),
            room.memory().peak(),
            peak);
      }
    }
  }

  private static Subject ofData(TrainConfig given, PrintStream progress) {
    ResolvedRun run = ResolvedRun.of(given, RunFolder.none(), progress);
    TrainConfig config = run.config();
    Samples samples = run.data().train();
    int[] order = EpochOrder.shuffled(samples.size(), config.loop().seed(), 0);
    try (Batches epoch = new Batches(samples, order, config.loop().batchSize(), 0, true)) {
      return new Subject(
          config,
          run.network(),
          run.epochs().mixer() != Mixer.NONE,
          Collections.nCopies(config.loop().accumulate(), epoch.next()));
    }
  }

  /** Random images of the size and colour of the configuration. */
  private static Subject synthetic(TrainConfig given, int classes) {
    if (given.keras().from() != null || given.loop().init() != null) {
      throw new InvalidInputException(
          "synthetic: expected a backbone of the catalogue with random first values, found `from-keras` or `init`; give `data` in place of it");
    }
    ImageSize size =
        given.data().imageSize() == null ? DataConfig.IMAGE_SIZE : given.data().imageSize();
    int channels = given.data().imageColor().equals("grey") ? 1 : 3;
    ImageShape image = new ImageShape(size.height(), size.width(), channels);
    TrainConfig config = given.withBackbone(given.backbone().suiting(image));
    int[] counts = new int[classes];
    Arrays.fill(counts, 1);
    Network network =
        new Network(
            image, config.backbone().backbone(), config.head().head(classes, counts), classes);
    network = config.loop().asTrained(network.withPixels(config.input().over(network.pixels())));
    network.partialFc().require(config.optimizer().optimizer());
    Random random = new Random(config.loop().seed());
    int n = config.loop().batchSize();
    byte[] pixels = new byte[Math.multiplyExact(n, image.bytes())];
    random.nextBytes(pixels);
    int[] numbers = new int[n];
    Arrays.setAll(numbers, i -> i);
    Batch batch = new Batch(n, pixels, random.ints(n, 0, classes).toArray(), numbers);
    return new Subject(
        config, network, false, Collections.nCopies(config.loop().accumulate(), batch));
  }
}

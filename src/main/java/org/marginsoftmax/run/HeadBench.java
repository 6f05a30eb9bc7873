package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.PartialFc;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.Update;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/**
 * Measures a head's step (forward, loss, both gradients, momentum update of the centers) relative
 * to three plain float32 matrix products of the same shapes, timed alternately in one process.
 */
public final class HeadBench {
  private HeadBench() {}

  /**
   * What to measure.
   *
   * @param head the head
   * @param classes C
   * @param dimension D
   * @param batch N
   * @param threads for TensorFlow
   * @param device auto, cpu or gpu:N
   * @param shards number of blocks of centers; null for as many as suit
   * @param partialFc share of the classes that a step has, above 0, up to 1
   * @param precision of the head's products: float32 or bfloat16
   * @param turns number of turns, each timing the products and then the step, at least 1
   * @param steps how often each is run in a turn, 1..100000; null for about a second
   */
  public record Config(
      HeadConfig head,
      int classes,
      int dimension,
      int batch,
      int threads,
      String device,
      Integer shards,
      double partialFc,
      String precision,
      int turns,
      Integer steps) {
    /**
     * @throws InvalidInputException if a number is out of range
     */
    public Config {
      Turns.require("classes", classes, 2, 100_000_000);
      Turns.require("dim", dimension, 1, 65_536);
      Turns.require("batch", batch, 1, 65_536);
      Turns.require("shards", shards == null ? 1 : shards, 1, classes);
      new PartialFc(partialFc, PartialFc.LazyStates.KEEP);
      AllowedValues.of("precision", precision, Precision.ids());
      Turns.require("turns", turns, 1, 1000);
      Turns.require("steps", steps == null ? 1 : steps, 1, 100_000);
    }
  }

  /**
   * What was measured.
   *
   * @param head its name
   * @param classes C
   * @param dimension D
   * @param batch N
   * @param subcenters K, centers per class
   * @param shards number of blocks of centers
   * @param partialFc share of the classes that a step has
   * @param threads of TensorFlow
   * @param precision of the head's products; the three products are float32
   * @param step for a step
   * @param products for the three products
   * @param ratio of step to products
   * @param flopsPerSecond 6 N D S K, the multiplications and additions of the three products with
   *     the S classes that a step has, over the median time of a step
   * @param bytesPerSecond centers, slots and gradients of the centers, each read once and written
   *     once, 24 S K D bytes, over the median time of a step
   * @param centersBytes 4 C K D
   * @param expectedPeakBytes what the step was expected to take, see {@link TrainingMemory}
   * @param peakBytes the most memory that the process had before it made what only the bare
   *     products need: Java, TensorFlow and the step; null where the system does not say
   */
  public record Result(
      String head,
      int classes,
      @JsonProperty("dim") int dimension,
      int batch,
      int subcenters,
      int shards,
      double partialFc,
      int threads,
      String precision,
      @JsonUnwrapped(prefix = "step_") Millis step,
      @JsonUnwrapped(prefix = "matmul_") Millis products,
      @JsonUnwrapped Ratio ratio,
      double flopsPerSecond,
      double bytesPerSecond,
      long centersBytes,
      long expectedPeakBytes,
      Long peakBytes) {
    private static Result of(
        Config config, int subcenters, int shards, Turns turns, long expected, Long peak) {
      double second = turns.wholeMillis().ms() / 1e3;
      double numbers = (double) config.classes * subcenters * config.dimension;
      double used = numbers * config.partialFc;
      return new Result(
          config.head.name(),
          config.classes,
          config.dimension,
          config.batch,
          subcenters,
          shards,
          config.partialFc,
          config.threads,
          config.precision,
          turns.wholeMillis(),
          turns.bareMillis(),
          turns.ratio(),
          6 * config.batch * used / second,
          6 * Float.BYTES * used / second,
          (long) (Float.BYTES * numbers),
          expected,
          peak);
    }
  }

  /**
   * Runs the measurement.
   *
   * @param progress gets a line for each turn
   * @throws InvalidInputException if the head cannot be made, or does not fit into memory
   */
  public static Result run(Config config, PrintStream progress) {
    Device.claimThreads(config.threads);
    Precision precision = ProcessorUnits.precision(config.precision, config.device);
    ProcessorUnits.say(precision, progress);
    int[] counts = new int[config.classes];
    Arrays.setAll(counts, j -> 1 + j % 100);
    Head head = config.head.head(config.classes, counts);
    PartialFc sampling = new PartialFc(config.partialFc, PartialFc.LazyStates.KEEP);
    int shards =
        config.shards == null
            ? Centers.usualBlocks(
                sampling.size(config.classes), head.subcenters(), config.dimension)
            : config.shards;
    Network network =
        new Network(
                new ArrayShape(List.of(config.dimension)), new NoBackbone(), head, config.classes)
            .withPartialFc(sampling)
            .withPrecision(precision)
            .withShards(shards);
    Update update = new Update(new Optimizer.Sgd(0.9, false, 0), 0);
    TrainingMemory memory =
        requireRoom(
            config,
            TrainingMemory.Plan.of(
                network, update, config.batch, false, 0, 0, SystemMemory.resident()));
    memory.reserve();
    ConfigProto session = Device.parse(config.device).session(config.threads);
    try (TrainingGraph training = new TrainingGraph(network, update, 1, session);
        Graph graph = new Graph();
        Session ofBare = new Session(graph, session)) {
      Turns.uninterrupted(training::initialize);
      Turns.Work step = new Turns.Work("step", new Steps(training, config));
      step.warmUp();
      Long peak = SystemMemory.peak();
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Variable features =
          variables.get(
              "features",
              Shape.of(config.batch, config.dimension),
              Variable.Role.KERNEL,
              Initializer.glorotUniform());
      Turns.Work bare =
          Turns.Work.of(
              "products",
              ofBare,
              BareProducts.of(
                  tf, variables, features.value(), (long) config.classes * head.subcenters()));
      Turns.uninterrupted(() -> ofBare.run(variables.initialize()));
      bare.warmUp();
      int steps = config.steps == null ? step.timesInSecond() : config.steps;
      return Result.of(
          config,
          head.subcenters(),
          shards,
          Turns.of(step, bare, config.turns, steps, progress),
          memory.peak(),
          peak);
    }
  }

  /** Training steps of the head alone, on the same random features with other labels each time. */
  private static final class Steps implements Runnable {
    private final TrainingGraph graph;
    private final Config config;
    private final Random random = new Random(2);
    private final byte[] features;
    private final int[] numbers;
    private long taken;

    Steps(TrainingGraph graph, Config config) {
      this.graph = graph;
      this.config = config;
      numbers = IntStream.range(0, config.batch).toArray();
      features = new byte[Float.BYTES * config.batch * config.dimension];
      ByteBuffer floats = ByteBuffer.wrap(features).order(ByteOrder.nativeOrder());
      while (floats.hasRemaining()) {
        floats.putFloat((float) random.nextGaussian());
      }
    }

    @Override
    public void run() {
      int[] labels = random.ints(config.batch, 0, config.classes).toArray();
      graph.step(new Batch(config.batch, features, labels, numbers), taken++, 1e-6, 1, 1);
    }
  }

  private static TrainingMemory requireRoom(Config config, TrainingMemory.Plan plan) {
    long most = SystemMemory.available() + plan.process();
    if (withBare(plan) > most) {
      int classes = largest(2, config.classes, plan::withClasses, most);
      int dimension = largest(1, config.dimension, plan::withDimension, most);
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "memory: expected %.1f GB for %,d centers of size %,d with their momentum, their products with %,d samples and the bare products, found %.1f GB free; %s",
              withBare(plan) / 1e9,
              (long) config.classes * plan.head().subcenters(),
              config.dimension,
              config.batch,
              most / 1e9,
              classes < 2
                  ? "take a smaller `batch` or `dim`"
                  : "at most %d `classes` fit".formatted(classes)
                      + (dimension < 1 ? "" : ", or a `dim` of " + dimension)));
    }
    return TrainingMemory.of(plan);
  }

  private static int largest(
      int from, int below, IntFunction<TrainingMemory.Plan> plans, long most) {
    return TrainingMemory.largest(from, below, n -> withBare(plans.apply(n)), most);
  }

  /** Bytes at the peak of a step, and what the bare products take. */
  private static long withBare(TrainingMemory.Plan plan) {
    return TrainingMemory.of(plan).peak()
        + BareProducts.bytes(
            (long) plan.classes() * plan.head().subcenters(), plan.dimension(), plan.batch());
  }
}

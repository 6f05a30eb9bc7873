package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.HeadOutput;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Gradient;
import org.marginsoftmax.train.Optimizer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Measures a head's step (forward, loss, both gradients, momentum update of the centers) relative
 * to three plain matrix products of the same shapes, timed alternately in one process.
 */
public final class HeadBench {
  /** Java and TensorFlow with a graph. */
  private static final long PROCESS_BYTES = 600L << 20;

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
   * @param turns number of turns, each timing the products and then the step, at least 1
   * @param steps how often each is run in a turn, at least 1
   */
  public record Config(
      HeadConfig head,
      int classes,
      int dimension,
      int batch,
      int threads,
      String device,
      Integer shards,
      int turns,
      int steps) {
    /**
     * @throws InvalidInputException if a number is out of range
     */
    public Config {
      Turns.require("classes", classes, 2, 100_000_000);
      Turns.require("dim", dimension, 1, 65_536);
      Turns.require("batch", batch, 1, 65_536);
      Turns.require("shards", shards == null ? 1 : shards, 1, classes);
      Turns.require("turns", turns, 1, 1000);
      Turns.require("steps", steps, 1, 100_000);
    }
  }

  /**
   * What was measured. A range has the lowest and the highest of the turns.
   *
   * @param head its name
   * @param classes C
   * @param dimension D
   * @param batch N
   * @param subcenters K, centers per class
   * @param shards number of blocks of centers
   * @param threads of TensorFlow
   * @param stepMillis milliseconds for a step, median over the turns
   * @param stepRange of these
   * @param matMulMillis milliseconds for the three products, median over the turns
   * @param matMulRange of these
   * @param ratio of step to products within a turn, median over the turns
   * @param ratioRange of these
   * @param flopsPerSecond 6 N D C K, the multiplications and additions of the three products, over
   *     the median time of a step
   * @param bytesPerSecond centers, slots and gradients of the centers, each read once and written
   *     once, 24 C K D bytes, over the median time of a step
   * @param centersBytes 4 C K D
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
      int threads,
      @JsonProperty("step_ms") double stepMillis,
      @JsonProperty("step_ms_range") List<Double> stepRange,
      @JsonProperty("matmul_ms") double matMulMillis,
      @JsonProperty("matmul_ms_range") List<Double> matMulRange,
      double ratio,
      List<Double> ratioRange,
      double flopsPerSecond,
      double bytesPerSecond,
      long centersBytes,
      Long peakBytes) {
    private static Result of(Config config, int subcenters, int shards, Turns turns, Long peak) {
      Turns.Spread step = turns.wholeMillis();
      Turns.Spread products = turns.bareMillis();
      Turns.Spread ratio = turns.ratio();
      double second = step.median() / 1e3;
      double numbers = (double) config.classes * subcenters * config.dimension;
      return new Result(
          config.head.name(),
          config.classes,
          config.dimension,
          config.batch,
          subcenters,
          shards,
          config.threads,
          step.median(),
          step.range(),
          products.median(),
          products.range(),
          ratio.median(),
          ratio.range(),
          6 * config.batch * numbers / second,
          6 * Float.BYTES * numbers / second,
          (long) (Float.BYTES * numbers),
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
    int[] counts = new int[config.classes];
    Arrays.setAll(counts, j -> 1 + j % 100);
    Head head = config.head.head(config.classes, counts);
    int shards =
        config.shards == null
            ? Centers.usualBlocks(config.classes, head.subcenters(), config.dimension)
            : config.shards;
    requireRoom(config, head.subcenters(), shards);
    try (Graph graph = new Graph();
        Session session = new Session(graph, Device.parse(config.device).session(config.threads))) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Variable features = normal(variables, "features", config.batch, config.dimension);
      List<Variable> centers = centers(config, head, shards, variables);
      Turns.Work step =
          Turns.Work.of(
              "step", session, step(tf, config, head, variables, features.value(), centers));
      session.run(variables.initialize());
      step.warmUp(config.steps);
      Long peak = SystemMemory.peak();
      Variables ofBare = new Variables(tf, 1);
      Turns.Work bare =
          Turns.Work.of(
              "products",
              session,
              BareProducts.of(
                  tf, ofBare, features.value(), (long) config.classes * head.subcenters()));
      session.run(ofBare.initialize());
      bare.warmUp(config.steps);
      return Result.of(
          config,
          head.subcenters(),
          shards,
          Turns.of(step, bare, config.turns, config.steps, progress),
          peak);
    }
  }

  private static void requireRoom(Config config, int subcenters, int shards) {
    long free = SystemMemory.available();
    LongUnaryOperator byClasses =
        classes -> bytes(classes * subcenters, config.dimension, config.batch, shards);
    LongUnaryOperator byDimension =
        dimension -> bytes((long) config.classes * subcenters, dimension, config.batch, shards);
    long needed = byClasses.applyAsLong(config.classes);
    if (needed > free) {
      long classes = largest(config.classes, byClasses, free);
      long dimension = largest(config.dimension, byDimension, free);
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "memory: expected %.1f GB for %,d centers of size %,d with their momentum, their products with %,d samples and the bare products, found %.1f GB free; %s",
              needed / 1e9,
              (long) config.classes * subcenters,
              config.dimension,
              config.batch,
              free / 1e9,
              classes < 2
                  ? "take a smaller `batch` or `dim`"
                  : "at most %d `classes` fit".formatted(classes)
                      + (dimension < 1 ? "" : ", or a `dim` of " + dimension)));
    }
  }

  /**
   * Bytes that are taken at the peak, about: centers, slots, logits and their exponentials; twice a
   * block's gradient and its matrices of samples by classes; what the bare products take.
   */
  private static long bytes(long rows, long dimension, int batch, int shards) {
    long whole = rows * (2 * dimension + 2L * batch);
    long blocks = Math.min(2, shards) * (rows / shards) * (2 * dimension + 3L * batch);
    return PROCESS_BYTES
        + Float.BYTES * (whole + blocks)
        + BareProducts.bytes(rows, dimension, batch);
  }

  /** The largest number up to a limit that takes no more than there is, 0 if none does. */
  private static long largest(long limit, LongUnaryOperator bytes, long free) {
    long fits = 0;
    long tooMany = limit;
    while (tooMany - fits > 1) {
      long middle = (fits + tooMany) / 2;
      if (bytes.applyAsLong(middle) <= free) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    return fits;
  }

  /** The centers in blocks, the first values of each made by themselves. */
  private static List<Variable> centers(Config config, Head head, int shards, Variables variables) {
    int size = (config.classes + shards - 1) / shards;
    List<Variable> centers = new ArrayList<>();
    for (int from = 0; from < config.classes; from += size) {
      centers.add(
          normal(
              variables,
              "centers-" + centers.size(),
              (long) Math.min(size, config.classes - from) * head.subcenters(),
              config.dimension));
    }
    return centers;
  }

  private static List<Op> step(
      Ops tf,
      Config config,
      Head head,
      Variables variables,
      Operand<TFloat32> features,
      List<Variable> centers) {
    int[] labels = new Random(2).ints(config.batch, 0, config.classes).toArray();
    Operand<TFloat64> draws =
        tf.random.statelessRandomNormal(
            tf.array(config.batch), tf.constant(new long[] {1, 2}), TFloat64.class);
    List<Op> work = new ArrayList<>();
    Optimizer optimizer = new Optimizer.Sgd(0.9, false, 0);
    Operand<TFloat32> rate = tf.constant(1e-6f);
    Centers blocks =
        Centers.of(
                centers.stream().<Operand<TFloat32>>map(Variable::value).toList(),
                head.subcenters())
            .into(
                (own, k, gradient) -> {
                  List<Op> moved =
                      optimizer.apply(
                          own,
                          variables,
                          List.of(new Gradient(centers.get(k), gradient)),
                          tf.constant(0.0),
                          rate);
                  work.addAll(moved);
                  return own.withControlDependencies(moved).identity(rate);
                });
    HeadOutput out =
        MarginSoftmax.apply(
            tf,
            head,
            features,
            tf.constant(labels),
            blocks,
            head.firstStep(tf, config.classes).withDraws(draws));
    work.add(out.loss());
    work.add(out.gradFeatures());
    work.addAll(out.state().values());
    return work;
  }

  private static Variable normal(Variables variables, String name, long rows, long columns) {
    return variables.get(
        name, Shape.of(rows, columns), Variable.Role.KERNEL, Initializer.glorotUniform());
  }
}

package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
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
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Measures a head's step (forward, loss, both gradients, momentum update of the centers) relative
 * to three plain matrix products of the same shapes, timed alternately in one process.
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
      require(classes >= 2 && classes <= 100_000_000, "classes", "2..100000000", classes);
      require(dimension >= 1 && dimension <= 65_536, "dim", "1..65536", dimension);
      require(batch >= 1 && batch <= 65_536, "batch", "1..65536", batch);
      require(
          shards == null || shards >= 1 && shards <= classes, "shards", "1.." + classes, shards);
      require(turns >= 1 && turns <= 1000, "turns", "1..1000", turns);
      require(steps >= 1 && steps <= 100_000, "steps", "1..100000", steps);
    }
  }

  /**
   * The times and their ratio.
   *
   * @param head its name
   * @param classes C
   * @param dimension D
   * @param batch N
   * @param stepMillis milliseconds for a step, median over the turns
   * @param matMulMillis milliseconds for the three products, median over the turns
   * @param ratio of step to products within a turn, median over the turns
   */
  public record Result(
      String head,
      int classes,
      @JsonProperty("dim") int dimension,
      int batch,
      @JsonProperty("step_ms") double stepMillis,
      @JsonProperty("matmul_ms") double matMulMillis,
      double ratio) {}

  /**
   * Runs the measurement.
   *
   * @param progress gets a line for each turn
   */
  public static Result run(Config config, PrintStream progress) {
    int[] counts = new int[config.classes];
    Arrays.setAll(counts, j -> 1 + j % 100);
    Head head = config.head.head(config.classes, counts);
    try (Graph graph = new Graph();
        Session session = new Session(graph, Device.parse(config.device).session(config.threads))) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Variable features = normal(variables, "features", config.batch, config.dimension);
      List<Variable> centers = new ArrayList<>();
      int shards =
          config.shards == null
              ? Centers.usualBlocks(config.classes, head.subcenters(), config.dimension)
              : config.shards;
      int size = (config.classes + shards - 1) / shards;
      for (int from = 0; from < config.classes; from += size) {
        centers.add(
            normal(
                variables,
                "centers-" + centers.size(),
                (long) Math.min(size, config.classes - from) * head.subcenters(),
                config.dimension));
      }
      List<Op> step = step(tf, config, head, variables, features, centers);
      List<Op> bare = bare(tf, config, variables, features);
      session.run(variables.initialize());
      seconds(session, step, Math.min(3, config.steps));
      seconds(session, bare, Math.min(3, config.steps));
      List<double[]> turns = new ArrayList<>();
      for (int turn = 1; turn <= config.turns; turn++) {
        double product = seconds(session, bare, config.steps);
        double whole = seconds(session, step, config.steps);
        turns.add(new double[] {whole, product});
        progress.printf(
            Locale.ROOT,
            "turn %d of %d: step %.2f ms, products %.2f ms, ratio %.3f%n",
            turn,
            config.turns,
            1e3 * whole,
            1e3 * product,
            whole / product);
      }
      return new Result(
          config.head.name(),
          config.classes,
          config.dimension,
          config.batch,
          1e3 * median(turns.stream().mapToDouble(t -> t[0]).toArray()),
          1e3 * median(turns.stream().mapToDouble(t -> t[1]).toArray()),
          median(turns.stream().mapToDouble(t -> t[0] / t[1]).toArray()));
    }
  }

  private static List<Op> step(
      Ops tf,
      Config config,
      Head head,
      Variables variables,
      Variable features,
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
            features.value(),
            tf.constant(labels),
            blocks,
            head.firstStep(tf, config.classes).withDraws(draws));
    work.add(out.loss());
    work.add(out.gradFeatures());
    work.addAll(out.state().values());
    return work;
  }

  private static List<Op> bare(Ops tf, Config config, Variables variables, Variable features) {
    Variable gradient = normal(variables, "gradient", config.batch, config.classes);
    Variable rows = normal(variables, "rows", config.classes, config.dimension);
    Operand<TFloat32> x = features.value();
    Operand<TFloat32> g = gradient.value();
    Operand<TFloat32> w = rows.value();
    return List.of(
        tf.linalg.matMul(x, w, MatMul.transposeB(true)),
        tf.linalg.matMul(g, w),
        tf.linalg.matMul(g, x, MatMul.transposeA(true)));
  }

  private static Variable normal(Variables variables, String name, long rows, long columns) {
    return variables.get(
        name, Shape.of(rows, columns), Variable.Role.KERNEL, Initializer.glorotUniform());
  }

  /**
   * Each operation is a target of its own, because TensorFlow may prune one that is only a
   * dependency.
   */
  private static double seconds(Session session, List<Op> work, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      Session.Runner runner = session.runner();
      work.forEach(runner::addTarget);
      runner.run().close();
    }
    return (System.nanoTime() - start) / 1e9 / times;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static void require(boolean holds, String what, String range, Integer found) {
    if (!holds) {
      throw new InvalidInputException(
          what + ": expected " + range + ", found " + found + "; choose one in that range");
    }
  }
}

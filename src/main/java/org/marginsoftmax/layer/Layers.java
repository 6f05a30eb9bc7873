package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * The basic layers that backbones are built from, with named variables. A backbone is built once
 * for training, where batch norm uses the statistics of the batch and updates its running
 * statistics, and once for scoring, where it uses the running statistics; both share their
 * variables by name.
 *
 * <p>Images are NHWC.
 */
public final class Layers {
  /**
   * Keras uses 0.99, whose statistics lag after few steps; with 0.9 they are usable after one
   * epoch.
   */
  private static final float BATCH_NORM_MOMENTUM = 0.9f;

  private static final float BATCH_NORM_EPSILON = 1e-3f;

  private final Ops tf;
  private final Variables variables;
  private final boolean training;
  private final Operand<TInt64> draws;
  private final List<Function<Ops, Op>> moves = new ArrayList<>();

  private Layers(Ops tf, Variables variables, boolean training, Operand<TInt64> draws) {
    this.tf = tf;
    this.variables = variables;
    this.training = training;
    this.draws = draws;
  }

  /** Layers for scoring: batch norm uses its running statistics, and nothing is random. */
  public static Layers scoring(Ops tf, Variables variables) {
    return new Layers(tf, variables, false, null);
  }

  /**
   * Layers for training: batch norm uses the statistics of the batch and updates its running
   * statistics.
   *
   * @param draws seed and step, int64 [2], from which all random draws of this step follow
   */
  public static Layers training(Ops tf, Variables variables, Operand<TInt64> draws) {
    return new Layers(tf, variables, true, draws);
  }

  /** The operations of the graph, for those that have no method here. */
  public Ops tf() {
    return tf;
  }

  /** Whether these layers are built for training. */
  public boolean training() {
    return training;
  }

  /** The variable with this name; see {@link Variables#get}. */
  public Variable variable(String name, Shape shape, Variable.Role role, Initializer initializer) {
    return variables.get(name, shape, role, initializer);
  }

  /**
   * A seed for stateless random operations, int64 [2]: a function of the run's seed, the step and
   * the given name; when scoring, of the name alone.
   */
  public Operand<TInt64> draws(String name) {
    Operand<TInt64> own = tf.constant(new long[] {Initializer.stream(name), 0});
    return training ? tf.math.add(draws, own) : own;
  }

  /**
   * Registers an operation to run at each training step, such as an update of running statistics.
   *
   * @param move creates the operation from the given ops, which carry control dependencies on what
   *     must run first
   */
  public void eachStep(Function<Ops, Op> move) {
    moves.add(move);
  }

  /**
   * Creates the operations registered with {@link #eachStep}.
   *
   * @param after ops with control dependencies on what must run first
   */
  public List<Op> updates(Ops after) {
    return moves.stream().map(move -> move.apply(after)).toList();
  }

  /** Convolution with stride 1; see {@link #conv2d(String, Operand, int, int, int)}. */
  public Operand<TFloat32> conv2d(String name, Operand<TFloat32> x, int filters, int size) {
    return conv2d(name, x, filters, size, 1);
  }

  /**
   * Convolution with padding SAME and no bias.
   *
   * @param x float32 [N, H, W, in]
   * @param size height and width of the kernel
   * @param stride stride along both axes
   * @return float32 [N, H / stride, W / stride, filters], rounded up
   */
  public Operand<TFloat32> conv2d(
      String name, Operand<TFloat32> x, int filters, int size, int stride) {
    Variable kernel =
        variables.get(
            name + "/kernel",
            Shape.of(size, size, x.shape().get(3), filters),
            Variable.Role.KERNEL,
            Initializer.heNormal());
    if (size == 1 && stride > 1) {
      // The same function; oneDNN's gradient of the strided one writes beyond the images.
      x = pixels(x, stride);
      stride = 1;
    }
    long step = stride;
    long height = x.shape().get(1);
    long width = x.shape().get(2);
    if (stride > 1 && height > 0 && width > 0 && width <= stride) {
      // The same function; oneDNN's kernels read what nobody wrote where the output is one pixel
      // wide under a stride.
      x = window(x, size, stride);
      return tf.nn.conv2d(x, kernel.value(), List.of(1L, step, 1L, 1L), "VALID");
    }
    return tf.nn.conv2d(x, kernel.value(), List.of(1L, step, step, 1L), "SAME");
  }

  /**
   * What the only output of each row looks at: the zeros of same padding, and a window in width.
   */
  private Operand<TFloat32> window(Operand<TFloat32> x, int size, int stride) {
    int height = (int) x.shape().get(1);
    int rows = Math.max((height - 1) / stride * stride + size - height, 0);
    int columns = (int) Math.max(size - x.shape().get(2), 0);
    int[][] around = {
      {0, 0}, {rows / 2, rows - rows / 2}, {columns / 2, columns - columns / 2}, {0, 0}
    };
    return tf.slice(
        tf.pad(x, tf.constant(around), tf.constant(0f)),
        tf.array(0, 0, 0, 0),
        tf.array(-1, -1, size, -1));
  }

  /** Every stride-th row and column of images, from the first on. */
  private Operand<TFloat32> pixels(Operand<TFloat32> x, int stride) {
    Operand<TInt32> zeros = tf.array(0, 0, 0, 0);
    return tf.stridedSlice(
        x,
        zeros,
        zeros,
        tf.array(1, stride, stride, 1),
        StridedSlice.beginMask(0b1111L),
        StridedSlice.endMask(0b1111L));
  }

  /**
   * Batch normalisation over all axes but the last (Ioffe and Szegedy 2015), epsilon 1e-3, running
   * statistics with momentum 0.9.
   *
   * @param x float32 [N, D] or [N, H, W, D]
   */
  public Operand<TFloat32> batchNorm(String name, Operand<TFloat32> x) {
    if (x.shape().numDimensions() == 2) {
      long depth = x.shape().get(1);
      Operand<TFloat32> flat = batchNorm(name, tf.reshape(x, tf.array(-1L, 1, 1, depth)));
      return tf.reshape(flat, tf.array(-1L, depth));
    }
    Shape depth = Shape.of(x.shape().get(3));
    Initializer zero = Initializer.constant(0);
    Initializer one = Initializer.constant(1);
    Variable gamma = variables.get(name + "/gamma", depth, Variable.Role.BIAS, one);
    Variable beta = variables.get(name + "/beta", depth, Variable.Role.BIAS, zero);
    Variable mean = variables.get(name + "/mean", depth, Variable.Role.STATISTIC, zero);
    Variable variance = variables.get(name + "/variance", depth, Variable.Role.STATISTIC, one);
    FusedBatchNorm.Options epsilon = FusedBatchNorm.epsilon(BATCH_NORM_EPSILON);
    if (!training) {
      return tf.nn
          .fusedBatchNorm(
              x,
              gamma.value(),
              beta.value(),
              mean.value(),
              variance.value(),
              FusedBatchNorm.isTraining(false),
              epsilon)
          .y();
    }
    Operand<TFloat32> none = tf.constant(new float[0]);
    FusedBatchNorm<TFloat32, TFloat32> normalized =
        tf.nn.fusedBatchNorm(
            x, gamma.value(), beta.value(), none, none, FusedBatchNorm.isTraining(true), epsilon);
    track(mean, normalized.batchMean());
    track(variance, normalized.batchVariance());
    return normalized.y();
  }

  private void track(Variable running, Operand<TFloat32> batch) {
    Operand<TFloat32> step =
        tf.math.mul(tf.math.sub(running.value(), batch), tf.constant(1 - BATCH_NORM_MOMENTUM));
    eachStep(after -> after.assignSubVariableOp(running.handle(), step));
  }

  /**
   * Max pooling over 2 x 2 windows with stride 2: [N, H, W, D] to [N, H/2, W/2, D], rounded down.
   */
  public Operand<TFloat32> maxPool(Operand<TFloat32> x) {
    // The op with its sizes as attributes: oneDNN has a kernel for its gradient, while that of
    // MaxPoolV2, which tf.nn.maxPool makes, is several times slower.
    long[] window = {1, 2, 2, 1};
    Operation pool =
        tf.scope()
            .env()
            .opBuilder("MaxPool", tf.scope().makeOpName("MaxPool"), tf.scope())
            .addInput(x.asOutput())
            .setAttr("ksize", window)
            .setAttr("strides", window)
            .setAttr("padding", "VALID")
            .build();
    return pool.<TFloat32>output(0);
  }

  /** ReLU: max(x, 0). */
  public Operand<TFloat32> relu(Operand<TFloat32> x) {
    return tf.nn.relu(x);
  }

  /** Flattens all axes but the first: [N, ...] to [N, D]. */
  public Operand<TFloat32> flatten(Operand<TFloat32> x) {
    long depth = 1;
    for (int i = 1; i < x.shape().numDimensions(); i++) {
      depth *= x.shape().get(i);
    }
    return tf.reshape(x, tf.array(-1L, depth));
  }

  /**
   * Fully connected layer without bias.
   *
   * @param x float32 [N, in]
   * @return float32 [N, units]
   */
  public Operand<TFloat32> dense(String name, Operand<TFloat32> x, int units) {
    Variable kernel =
        variables.get(
            name + "/kernel",
            Shape.of(x.shape().get(1), units),
            Variable.Role.KERNEL,
            Initializer.glorotUniform());
    return tf.linalg.matMul(x, kernel.value());
  }
}

package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
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
  private final Ops tf;
  private final Variables variables;
  private final boolean training;
  private final Operand<TInt64> draws;
  private final Precision precision;
  private final Replica replica;
  private final List<Function<Ops, Op>> moves = new ArrayList<>();

  private Layers(
      Ops tf,
      Variables variables,
      boolean training,
      Operand<TInt64> draws,
      Precision precision,
      Replica replica) {
    this.replica = replica;
    this.tf = tf;
    this.variables = variables;
    this.training = training;
    this.draws = draws;
    this.precision = precision;
  }

  /**
   * Layers for scoring: batch norm uses its running statistics, nothing is random, and products are
   * float32.
   */
  public static Layers scoring(Ops tf, Variables variables) {
    return new Layers(tf, variables, false, null, Precision.FLOAT32, null);
  }

  /**
   * Layers for training: batch norm uses the statistics of the batch and updates its running
   * statistics. Products are float32.
   *
   * @param draws seed and step, int64 [2], from which all random draws of this step follow
   */
  public static Layers training(Ops tf, Variables variables, Operand<TInt64> draws) {
    return training(tf, variables, draws, Precision.FLOAT32);
  }

  /**
   * Layers for training, whose matrix products and convolutions, forwards and backwards, are of
   * numbers rounded to this precision: those of {@link #dense}, {@link #linear}, {@link #conv2d},
   * {@link #product}, {@link #convolution}, {@link Convolutions#conv2d} and {@link Frames#conv}.
   * What they take and give is float32, and so are the variables, their gradients and all other
   * layers, depthwise convolutions included.
   *
   * @param draws seed and step, int64 [2], from which all random draws of this step follow
   */
  public static Layers training(
      Ops tf, Variables variables, Operand<TInt64> draws, Precision precision) {
    return new Layers(tf, variables, true, draws, precision, null);
  }

  /**
   * The same layers, for a part of the batch that a worker has. Batch norm uses the statistics of
   * the whole batch, and what is drawn at random for a sample does not depend on the parts.
   */
  public Layers of(Replica replica, Tasks tasks) {
    return new Layers(
        tasks.on(tf, replica.number()), variables, training, draws, precision, replica);
  }

  /**
   * The operations of the graph, for those that have no method here. They take the types that they
   * are given, whatever the {@link #precision}.
   */
  public Ops tf() {
    return tf;
  }

  /** Whether these layers are built for training. */
  public boolean training() {
    return training;
  }

  /** What numbers are rounded to before matrix products and convolutions are taken of them. */
  public Precision precision() {
    return precision;
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
    long height = x.shape().get(1);
    long width = x.shape().get(2);
    if (size == 1 && stride > 1) {
      return ValidConvolution.of(tf, precision, x, kernel.value(), stride);
    }
    if (stride > 1 && height > 0 && width > 0 && width <= stride) {
      int rows = (int) Math.max((height - 1) / stride * stride + size - height, 0);
      int columns = (int) Math.max(size - width, 0);
      x =
          ValidConvolution.padded(
              tf, x, rows / 2, rows - rows / 2, columns / 2, columns - columns / 2);
      return ValidConvolution.of(tf, precision, x, kernel.value(), stride);
    }
    return convolution(x, kernel.value(), stride, stride, "SAME");
  }

  /**
   * The operation Conv2D, of the {@link #precision}. Where the output is one pixel wide under a
   * stride it may be refused before training; {@link #conv2d} and {@link Convolutions} have other
   * operations there.
   *
   * @param x float32 [N, H, W, in]
   * @param kernel float32 [h, w, in, filters]
   * @param down stride along the height
   * @param across stride along the width
   * @param padding SAME or VALID
   */
  public Operand<TFloat32> convolution(
      Operand<TFloat32> x, Operand<TFloat32> kernel, int down, int across, String padding) {
    return Factor.convolved(tf, precision, x, kernel, down, across, padding);
  }

  /** The product of two matrices, of the {@link #precision}. */
  public Operand<TFloat32> product(Operand<TFloat32> a, Operand<TFloat32> b) {
    return Factor.times(tf, Factor.of(tf, precision, a), Factor.of(tf, precision, b));
  }

  /** Batch normalisation with the settings {@link BatchNorm#USUAL}. */
  public Operand<TFloat32> batchNorm(String name, Operand<TFloat32> x) {
    return batchNorm(name, x, BatchNorm.USUAL);
  }

  /**
   * Batch normalisation over all axes but the last (Ioffe and Szegedy 2015).
   *
   * @param x float32 [N, D], [N, T, D] or [N, H, W, D]
   */
  public Operand<TFloat32> batchNorm(String name, Operand<TFloat32> x, BatchNorm settings) {
    int rank = x.shape().numDimensions();
    if (rank < 4) {
      long last = x.shape().get(rank - 1);
      Operand<TFloat32> flat = batchNorm(name, tf.reshape(x, tf.array(-1L, 1, 1, last)), settings);
      return tf.reshape(
          flat, rank == 2 ? tf.array(-1L, last) : tf.array(-1L, x.shape().get(1), last));
    }
    Shape depth = Shape.of(x.shape().get(3));
    Initializer zero = Initializer.constant(0);
    Initializer one = Initializer.constant(1);
    boolean none = settings.affine() == BatchNorm.Affine.NONE;
    Operand<TFloat32> gamma =
        none
            ? tf.fill(tf.constant(depth), tf.constant(1f))
            : variables
                .get(
                    name + "/gamma",
                    depth,
                    settings.affine() == BatchNorm.Affine.OFFSET
                        ? Variable.Role.FROZEN
                        : Variable.Role.BIAS,
                    one)
                .value();
    Operand<TFloat32> beta =
        none
            ? tf.fill(tf.constant(depth), tf.constant(0f))
            : variables.get(name + "/beta", depth, Variable.Role.BIAS, zero).value();
    Variable mean = variables.get(name + "/mean", depth, Variable.Role.STATISTIC, zero);
    Variable variance = variables.get(name + "/variance", depth, Variable.Role.STATISTIC, one);
    FusedBatchNorm.Options epsilon = FusedBatchNorm.epsilon((float) settings.epsilon());
    if (!training) {
      return tf.nn
          .fusedBatchNorm(
              x,
              gamma,
              beta,
              mean.value(),
              variance.value(),
              FusedBatchNorm.isTraining(false),
              epsilon)
          .y();
    }
    if (replica != null) {
      return batchNormOfParts(x, gamma, beta, mean, variance, settings);
    }
    Operand<TFloat32> unused = tf.constant(new float[0]);
    FusedBatchNorm<TFloat32, TFloat32> normalized =
        tf.nn.fusedBatchNorm(
            x, gamma, beta, unused, unused, FusedBatchNorm.isTraining(true), epsilon);
    float share = 1 - (float) settings.momentum();
    track(mean, normalized.batchMean(), share);
    track(variance, normalized.batchVariance(), share);
    return normalized.y();
  }

  /**
   * Batch norm with the statistics of all parts of the batch, and as running variance, like
   * TensorFlow's operation, that of a population of which the batch is a sample.
   */
  private Operand<TFloat32> batchNormOfParts(
      Operand<TFloat32> x,
      Operand<TFloat32> gamma,
      Operand<TFloat32> beta,
      Variable mean,
      Variable variance,
      BatchNorm settings) {
    Operand<TInt32> axes = tf.array(0, 1, 2);
    Operand<TFloat32> depth = tf.constant((float) x.shape().get(3));
    Operand<TFloat32> count =
        replica.sum(tf.math.div(tf.dtypes.cast(tf.size(x), TFloat32.class), depth));
    Operand<TFloat32> batchMean = tf.math.div(replica.sum(tf.reduceSum(x, axes)), count);
    Operand<TFloat32> apart = tf.math.sub(x, batchMean);
    Operand<TFloat32> squares = replica.sum(tf.reduceSum(tf.math.square(apart), axes));
    Operand<TFloat32> spread = tf.math.div(squares, count);
    Operand<TFloat32> scale =
        tf.math.mul(
            gamma, tf.math.rsqrt(tf.math.add(spread, tf.constant((float) settings.epsilon()))));
    float share = 1 - (float) settings.momentum();
    if (replica.number() == 0) {
      Operand<TFloat32> others =
          tf.math.maximum(tf.math.sub(count, tf.constant(1f)), tf.constant(1f));
      track(mean, batchMean, share);
      track(variance, tf.math.div(squares, others), share);
    }
    return tf.math.add(tf.math.mul(apart, scale), beta);
  }

  private void track(Variable running, Operand<TFloat32> batch, float share) {
    Ops own = running.on(tf);
    Operand<TFloat32> step =
        own.math.mul(own.math.sub(running.value(), batch), own.constant(share));
    eachStep(after -> running.on(after).assignSubVariableOp(running.handle(), step));
  }

  /**
   * Max pooling over 2 x 2 windows with stride 2: [N, H, W, D] to [N, H/2, W/2, D], rounded down.
   */
  public Operand<TFloat32> maxPool(Operand<TFloat32> x) {
    return maxPool(x, 2, 2);
  }

  /** Max pooling over size x size windows without padding. */
  public Operand<TFloat32> maxPool(Operand<TFloat32> x, int size, int stride) {
    // The op with its sizes as attributes: oneDNN has a kernel for its gradient, while that of
    // MaxPoolV2, which tf.nn.maxPool makes, is several times slower.
    Operation pool =
        tf.scope()
            .env()
            .opBuilder("MaxPool", tf.scope().makeOpName("MaxPool"), tf.scope())
            .addInput(x.asOutput())
            .setAttr("ksize", new long[] {1, size, size, 1})
            .setAttr("strides", new long[] {1, stride, stride, 1})
            .setAttr("padding", "VALID")
            .build();
    return pool.<TFloat32>output(0);
  }

  /** ReLU: max(x, 0). */
  public Operand<TFloat32> relu(Operand<TFloat32> x) {
    return tf.nn.relu(x);
  }

  /**
   * PReLU: x above 0 and a x below, with a slope a for each channel that is trained and 0.25 at
   * first (He 2015, eq. 1).
   *
   * @param x float32 [..., C]
   */
  public Operand<TFloat32> prelu(String name, Operand<TFloat32> x) {
    Variable slope =
        variables.get(
            name + "/slope",
            Shape.of(x.shape().get(x.shape().numDimensions() - 1)),
            Variable.Role.BIAS,
            Initializer.constant(0.25f));
    return tf.select(tf.math.greater(x, tf.constant(0f)), x, tf.math.mul(slope.value(), x));
  }

  /**
   * Dropout: when training, each element is 0 with this probability, and the others are divided by
   * one minus it (Srivastava 2014); when scoring, nothing.
   *
   * @param rate probability, 0 up to below 1
   */
  public Operand<TFloat32> dropout(String name, Operand<TFloat32> x, double rate) {
    if (!training || rate == 0) {
      return x;
    }
    Operand<TFloat32> uniform = uniform(x, draws(name));
    Operand<TFloat32> kept =
        tf.dtypes.cast(tf.math.greaterEqual(uniform, tf.constant((float) rate)), TFloat32.class);
    return tf.math.mul(x, tf.math.mul(kept, tf.constant((float) (1 / (1 - rate)))));
  }

  /** A number in 0..1 for each element, whatever part of the batch x is of. */
  private Operand<TFloat32> uniform(Operand<TFloat32> x, Operand<TInt64> seed) {
    Operand<TInt32> shape = tf.shape(x);
    if (replica == null) {
      return tf.random.statelessRandomUniform(shape, seed);
    }
    int rank = x.shape().numDimensions();
    Operand<TInt32> rows = tf.slice(shape, tf.array(0), tf.array(1));
    Operand<TInt32> rest = tf.slice(shape, tf.array(1), tf.array(rank - 1));
    // A sample may be several rows, as of frames.
    Operand<TInt32> perSample = tf.math.div(rows, tf.math.maximum(replica.own(), tf.constant(1)));
    Operand<TFloat32> all =
        tf.random.statelessRandomUniform(
            tf.concat(List.of(tf.math.mul(perSample, replica.samples()), rest), tf.constant(0)),
            seed);
    Operand<TInt32> begin =
        tf.concat(
            List.of(
                tf.math.mul(perSample, replica.first()),
                tf.zeros(tf.array(rank - 1), TInt32.class)),
            tf.constant(0));
    return tf.slice(all, begin, shape);
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
    return dense(name, x, units, Initializer.glorotUniform());
  }

  /** Fully connected layer without bias, with these initial values of the kernel [in, units]. */
  public Operand<TFloat32> dense(String name, Operand<TFloat32> x, int units, Initializer initial) {
    Variable kernel =
        variables.get(
            name + "/kernel", Shape.of(x.shape().get(1), units), Variable.Role.KERNEL, initial);
    return product(x, kernel.value());
  }

  /**
   * Fully connected layer with bias, both uniform in +-1/sqrt(in) at first, as PyTorch's.
   *
   * @param x float32 [N, in]
   * @return float32 [N, units]
   */
  public Operand<TFloat32> linear(String name, Operand<TFloat32> x, int units) {
    Initializer initial = Initializer.uniform(1 / Math.sqrt(x.shape().get(1)));
    return bias(name, dense(name, x, units, initial), initial);
  }

  /** Adds a number to each channel, the last axis. */
  public Operand<TFloat32> bias(String name, Operand<TFloat32> x, Initializer initial) {
    Variable bias =
        variables.get(
            name + "/bias",
            Shape.of(x.shape().get(x.shape().numDimensions() - 1)),
            Variable.Role.BIAS,
            initial);
    return tf.nn.biasAdd(x, bias.value());
  }
}

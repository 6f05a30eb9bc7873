package org.marginsoftmax.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.layer.WorkerClocks;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * The graph of one training step, with its variables and session. A step has three parts: {@link
 * Forward}, {@link StepGradients} and {@link Update}.
 */
public final class TrainingGraph implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final Variables variables;
  private final Network.Scoring scoring;
  private final Supplier<ValidationLoss> validationLoss;
  private final Supplier<Operand<TInt32>> nearest;
  private final Supplier<CenterAngles> centerAngles;
  private final StepInputs inputs;
  private final List<Operand<TFloat32>> means;
  private final List<Operand<TFloat64>> clocks;
  private double[] workerSeconds;
  private int clocked;
  private final FiniteCheck finite;
  private final EpochCenters epochCenters;
  private final Op initialize;
  private final StepOps update;
  private final Op catchUp;
  private final LongFunction<IdleSteps> noIdleStep;
  private IdleSteps idleSteps;

  /**
   * Builds the graph for training in this process; call {@link #initialize} or {@link
   * Checkpoints#restore} next.
   *
   * @param clipNorm largest global norm of the gradients; 0 for no clipping
   * @param seed seed for initial values and random draws
   */
  public TrainingGraph(
      Network network, Optimizer optimizer, double clipNorm, long seed, ConfigProto config) {
    this(network, new Update(optimizer, clipNorm), seed, config);
  }

  /**
   * Builds the graph for training in this process; call {@link #initialize} or {@link
   * Checkpoints#restore} next.
   *
   * @param update how a step updates the variables
   * @param seed seed for initial values and random draws
   */
  public TrainingGraph(Network network, Update update, long seed, ConfigProto config) {
    this(network, update, seed, Processes.one(config), false, false);
  }

  /**
   * Builds the graph, with or without what {@link #nearestClasses} needs: another variable of the
   * size of the centers.
   *
   * @param update how a step updates the variables
   * @param seed seed for initial values and random draws
   * @param processes that it runs in; each worker has at least one of the network's shards
   * @param neighbors whether the sampler needs neighbors
   * @param mixes whether samples are mixed; the head, whose {@link
   *     org.marginsoftmax.layer.Head#mixes} should be true, is then applied twice
   * @throws InvalidInputException if there are fewer shards than workers
   */
  public TrainingGraph(
      Network network,
      Update update,
      long seed,
      Processes processes,
      boolean neighbors,
      boolean mixes) {
    Tasks tasks = processes.tasks();
    if (tasks.workers() > network.blocks()) {
      throw new InvalidInputException(
          "shards: expected at least one for each of the %d workers, found %d; say `shards` %d or more"
              .formatted(
                  tasks.workers(),
                  network.blocks(),
                  Math.min(network.classes(), 2 * tasks.workers())));
    }
    Ops tf = tasks.chief(Ops.create(graph));
    variables = new Variables(tf, tasks, seed, network.firstValues());
    SampleReaders readers = network.backbone().divides() && !mixes ? processes.readers() : null;
    inputs = StepInputs.of(tf, network, seed, mixes, readers);
    BlockUpdates blocks =
        (network.shards() > 1 || network.partialFc().samples()) && !mixes && update.atOnce()
            ? new BlockUpdates(
                update.optimizer(),
                new Stages.Pace(update.centersShare(), 0).rate(tf, inputs.learningRate()),
                variables,
                inputs)
            : null;
    network.partialFc().require(update.optimizer());
    Forward forward = Forward.of(tf, variables, inputs, blocks, update.optimizer());
    means = forward.means(tf, inputs);
    List<Gradient> gradients = StepGradients.of(graph, variables, forward, blocks == null);
    Variables scored = update.average() == null ? variables : variables.averaged();
    scoring = network.scoring(tf, scored);
    // A checkpoint has the averages of the head's parameters, whether the loss is asked for or not.
    network.headParameters(scored);
    validationLoss = once(() -> ValidationLoss.of(tf, scored, network, scoring));
    nearest = once(() -> tf.reshape(scoring.of().nearest(tf, 1), tf.array(-1)));
    centerAngles = once(() -> CenterAngles.of(tf, scoring));
    clocks = WorkerClocks.of(graph, tasks);
    workerSeconds = new double[clocks.size() / 2];
    Operand<TFloat32> loss = means.get(0);
    List<Op> moved = blocks == null ? List.of() : blocks.updates();
    catchUp =
        inputs.idle() == null
            ? null
            : SampledCenters.catchUp(tf, variables, inputs, forward.centers(), update.optimizer());
    noIdleStep =
        since -> new IdleSteps((Optimizer.Sgd) update.optimizer(), update.centersShare(), since);
    this.update = update.of(tf, variables, inputs, forward, loss, gradients, moved);
    epochCenters =
        neighbors
            ? new EpochCenters(
                tf,
                variables,
                Centers.of(Network.values(forward.centers()), network.head().subcenters())
                    .over(tasks))
            : null;
    finite = new FiniteCheck(tf, variables, loss, forward);
    initialize = variables.initialize();
    VariableSaver.add(tf, variables.saved());
    session = processes.session(graph);
    if (network.shards() > 1 && tasks.workers() == 0) {
      prepareStep();
    }
  }

  /**
   * Has TensorFlow prepare the step while the variables take no memory yet: what it allocates to
   * optimize a graph with many blocks is given back before the centers are there, in place of
   * adding to the peak of the first step. The step itself fails at the first variable that it
   * reads, as none has a value, which TensorFlow logs at its level of information; if anything else
   * is wrong with it, the first real step says so.
   */
  private void prepareStep() {
    Batch batch =
        new Batch(1, new byte[inputs.network().element().bytes()], new int[1], new int[1]);
    IdleSteps none = catchUp == null ? null : noIdleStep.apply(0);
    try (StepInputs.Feed feed = inputs.feed(batch, 0, 0, 0, 1, 1, new int[1], none)) {
      runner(feed, update.of(update.batches() - 1, 0)).run().close();
    } catch (TensorFlowException e) {
      NativeHeap.trim();
    }
  }

  private void trim() {
    if (inputs.network().shards() > 1) {
      NativeHeap.trim();
    }
  }

  /** Sets every variable to its initial value. */
  public void initialize() {
    session.run(initialize);
    trim();
  }

  /** Takes one step on one batch; see {@link #step(List, long, double, double, double)}. */
  public StepResult step(
      Batch batch, long step, double learningRate, double strength, double scaleShare) {
    return step(List.of(batch), step, learningRate, strength, scaleShare);
  }

  /**
   * Takes one step. If the loss of a batch is NaN or infinite, no variable is changed, apart from
   * running statistics and the state of the head, which the batches before it have moved.
   *
   * @param batches as many as {@link Update#batches}; the gradient is the mean of theirs. They need
   *     no elements where workers read them
   * @param step number of steps already taken
   * @param learningRate learning rate of this step
   * @param strength share of the margin that acts, 0..1
   * @param scaleShare share of the scale that acts, above 0, up to 1
   * @return means over the batches
   * @throws InvalidInputException if there are more or fewer batches
   * @throws DivergedException if the loss is NaN or infinite; the message names the variable or the
   *     sample
   */
  public StepResult step(
      List<Batch> batches, long step, double learningRate, double strength, double scaleShare) {
    if (batches.size() != update.batches()) {
      throw new InvalidInputException(
          "batches: expected %d per step, found %d; give as many as the update has"
              .formatted(update.batches(), batches.size()));
    }
    int[] classes =
        inputs.sampled() == null
            ? null
            : inputs
                .network()
                .partialFc()
                .sample(inputs.seed(), step, inputs.network().classes(), labels(batches));
    if (catchUp != null && idleSteps == null) {
      idleSteps = noIdleStep.apply(step);
    }
    List<StepResult> results = new ArrayList<>();
    for (int k = 0; k < batches.size(); k++) {
      Batch batch = batches.get(k);
      long trained = step * batches.size() + k;
      try (StepInputs.Feed feed =
          inputs.feed(
              batch, step, trained, learningRate, strength, scaleShare, classes, idleSteps)) {
        results.add(run(feed, update.of(k, step), batch, step));
      }
    }
    if (idleSteps != null) {
      idleSteps.add(learningRate);
    }
    return StepResult.mean(results);
  }

  private static List<int[]> labels(List<Batch> batches) {
    List<int[]> labels = new ArrayList<>();
    for (Batch batch : batches) {
      labels.add(batch.labels());
      if (batch.others() != null) {
        labels.add(batch.others());
      }
    }
    return labels;
  }

  /**
   * Says which steps classes may have been idle in. Without it that is from the first step on that
   * is taken here.
   *
   * @param since number of steps taken when no class was idle, such as before the epoch
   * @param rates learning rate of each step since
   */
  void resumeIdle(long since, double[] rates) {
    if (catchUp != null) {
      idleSteps = noIdleStep.apply(since);
      Arrays.stream(rates).forEach(idleSteps::add);
    }
  }

  /**
   * Makes all classes that steps did not have what they would be, if that is asked for.
   *
   * @param step number of steps already taken
   */
  void catchUp(long step) {
    if (idleSteps != null) {
      try (StepInputs.Feed feed = inputs.feed(step, idleSteps)) {
        feed.runner(session).addTarget(catchUp).run().close();
      }
      idleSteps = noIdleStep.apply(step);
    }
  }

  /** TensorFlow prepares a step for what is fed and fetched: these are the same for each. */
  private Session.Runner runner(StepInputs.Feed feed, Op target) {
    Session.Runner runner = feed.runner(session);
    means.forEach(runner::fetch);
    clocks.forEach(runner::fetch);
    return runner.addTarget(target);
  }

  private StepResult run(StepInputs.Feed feed, Op target, Batch batch, long step) {
    try (Result result = runner(feed, target).run()) {
      for (int k = 0; k < workerSeconds.length; k++) {
        int begins = means.size() + 2 * k;
        workerSeconds[k] +=
            ((TFloat64) result.get(begins + 1)).getDouble()
                - ((TFloat64) result.get(begins)).getDouble();
      }
      clocked++;
      return new StepResult(
          number(result, 0),
          number(result, 1),
          number(result, 2),
          number(result, 3),
          number(result, 4),
          number(result, 5));
    } catch (TFInvalidArgumentException e) {
      throw inputs.readers() == null
          ? finite.failure(session, feed, batch, step, e)
          : finite.failure(session, step, e);
    }
  }

  /**
   * Mean seconds a batch that each worker took for the way back through its classes, since the last
   * call; empty if the graph is of fewer than two workers, or no step was taken.
   */
  public double[] workerSeconds() {
    int steps = clocked;
    double[] sums = workerSeconds;
    clocked = 0;
    workerSeconds = new double[sums.length];
    return steps == 0 ? new double[0] : Arrays.stream(sums).map(sum -> sum / steps).toArray();
  }

  /** The workers that read the samples of a step; null if they are those of its batches. */
  SampleReaders readers() {
    return inputs.readers();
  }

  /** The centers as they are now are those of {@link #nearestClasses} until the next call. */
  void beginEpoch() {
    epochCenters.keep(session);
  }

  /**
   * The classes whose centers were nearest to those of others when the epoch began, nearest first.
   *
   * @param of n classes
   * @param count number of others to find for each, 1..C-1
   * @return int[n][count]
   */
  int[][] nearestClasses(int[] of, int count) {
    return epochCenters.nearest(session, of, count);
  }

  /** Adds to the graph what few runs need, when it is first needed. */
  private static <T> Supplier<T> once(Supplier<T> build) {
    List<T> built = new ArrayList<>();
    return () -> {
      if (built.isEmpty()) {
        built.add(build.get());
      }
      return built.get(0);
    };
  }

  private static double number(Result result, int index) {
    return ((TFloat32) result.get(index)).getFloat();
  }

  /** Name of the first variable with NaN or an infinity. */
  Optional<String> firstNotFinite() {
    return finite.firstVariable(session);
  }

  /**
   * Share of samples whose own class has the largest cosine, 0..1, with the running statistics of
   * batch norm, and with the averages of the variables if they are averaged.
   */
  public double accuracy(Samples samples) {
    double accuracy = Scores.accuracy(session, scoring, nearest.get(), samples);
    trim();
    return accuracy;
  }

  /**
   * Mean loss of the head over samples at full margin and scale, with the running statistics of
   * batch norm. Random margins have their mean. A loss that depends on the batch as a whole is the
   * mean over batches of up to 256 samples.
   */
  public double loss(Samples samples) {
    double loss = validationLoss.get().mean(session, samples);
    trim();
    return loss;
  }

  /**
   * Angles between samples, as they are scored in {@link #accuracy}, and the class centers; of more
   * than 10,000 samples those of 10,000 at even distances.
   */
  public ValidationAngles angles(Samples samples) {
    ValidationAngles angles = centerAngles.get().of(session, samples);
    trim();
    return angles;
  }

  /** L2-normalised features, one row per sample, [n][D], as in {@link #accuracy}. */
  public float[][] embed(Samples samples) {
    return Scores.of(session, scoring, scoring.of().embedding(), samples);
  }

  /** The graph itself, for what looks at how it is divided. */
  Graph graph() {
    return graph;
  }

  /** What a step runs, when it has a single batch. */
  List<Op> ofStep() {
    List<Op> ops = new ArrayList<>();
    means.forEach(ops::add);
    ops.add(update.of(update.batches() - 1, 0));
    return ops;
  }

  /** D, size of the features. */
  public int dimension() {
    return (int) scoring.of().centers().dimension();
  }

  /** Number of elements of all trained variables. */
  public long parameters() {
    return variables.trained().stream().mapToLong(Variable::size).sum();
  }

  /** Size of a checkpoint in bytes: all variables, slots included. */
  public long checkpointBytes() {
    return variables.all().stream().mapToLong(Variable::size).sum() * Float.BYTES;
  }

  /** Writes all variables, slots included, to files with this prefix. */
  void save(Path prefix) {
    session.save(prefix.toString());
  }

  /** Reads all variables back. */
  void restore(Path prefix) {
    VariableSaver.restore(session, prefix);
    trim();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

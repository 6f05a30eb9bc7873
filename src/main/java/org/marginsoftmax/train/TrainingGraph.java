package org.marginsoftmax.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.HeadStep;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.EuclideanNorm;
import org.tensorflow.op.math.Mean;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * The graph of one training step, its variables and the session they live in.
 *
 * <p>The head's gradients are in closed form; from d loss / d features on TensorFlow's own
 * gradients go down the backbone.
 */
public final class TrainingGraph implements AutoCloseable {
  private final Network network;
  private final Graph graph = new Graph();
  private final Session session;
  private final Variables variables;
  private final Network.Scoring scoring;
  private final Placeholder<TUint8> images;
  private final Placeholder<TInt32> labels;
  private final Placeholder<TFloat64> step;
  private final Placeholder<TFloat32> learningRate;
  private final Placeholder<TFloat64> strength;
  private final Placeholder<TFloat64> scaleShare;
  private final Output<TFloat32> loss;
  private final Output<TFloat32> lossPerSample;
  private final List<Output<TFloat32>> watched;
  private final Output<TBool> finite;
  private final List<Output<TBool>> finiteVariables;
  private final Op initialize;
  private final Op update;

  /**
   * What a step saw before it moved the variables.
   *
   * @param loss mean over the batch
   * @param accuracy share of the batch whose class wins without a margin
   * @param targetAngle mean angle to the centre of the label, degrees
   * @param featureNorm mean norm of the features
   * @param centerNorm mean norm of the labels' centres
   * @param spread mean squared distance of the unit features of the batch from their mean: 0 where
   *     all point one way, 1 where they cancel; NaN where it was not kept
   */
  public record StepResult(
      double loss,
      double accuracy,
      double targetAngle,
      double featureNorm,
      double centerNorm,
      double spread) {}

  /**
   * Builds the graph; call {@link #initialize} or {@link #restore} next.
   *
   * @param clipNorm largest global norm of the gradients; 0 for no clipping
   * @param seed of the first values of the variables
   */
  public TrainingGraph(
      Network network, Optimizer optimizer, double clipNorm, long seed, ConfigProto config) {
    this.network = network;
    Ops tf = Ops.create(graph);
    variables = new Variables(tf, seed);
    images = network.images(tf, "train.images");
    labels =
        tf.withName("train.labels")
            .placeholder(TInt32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)));
    step = scalar(tf, "train.step", TFloat64.class);
    learningRate = scalar(tf, "train.learning_rate", TFloat32.class);
    strength = scalar(tf, "train.margin_strength", TFloat64.class);
    scaleShare = scalar(tf, "train.scale_share", TFloat64.class);

    Operand<TInt64> draws =
        tf.stack(List.of(tf.constant(seed), tf.dtypes.cast(step, TInt64.class)));
    Layers layers = Layers.training(tf, variables, draws);
    Operand<TFloat32> features = network.features(layers, images);
    Variable centers = network.centers(variables, features);
    Map<String, Variable> state = network.headState(variables);
    Map<String, Variable> parameters = network.headParameters(variables);
    MarginSoftmax.Output head =
        MarginSoftmax.apply(
            tf,
            network.head(),
            features,
            labels,
            centers.value(),
            headStep(tf, state, parameters, draws));
    loss = head.loss().asOutput();
    lossPerSample = head.lossPerSample().asOutput();
    finite = tf.math.isFinite(head.loss()).asOutput();
    Operand<TFloat32> degrees =
        tf.dtypes.cast(tf.math.mul(head.targetAngle(), tf.constant(180 / Math.PI)), TFloat32.class);
    Operand<TFloat32> own =
        tf.gather(
            centers.value(),
            tf.math.mul(labels, tf.constant(network.head().subcenters())),
            tf.constant(0));
    watched =
        List.of(
            mean(tf, head.correct()),
            mean(tf, degrees),
            mean(tf, tf.linalg.euclideanNorm(features, tf.constant(1))),
            mean(tf, tf.linalg.euclideanNorm(own, tf.constant(1))),
            spread(tf, features));

    Set<Variable> ofHead = new HashSet<>(parameters.values());
    ofHead.add(centers);
    List<Gradient> gradients =
        new ArrayList<>(backboneGradients(features, head.gradFeatures(), ofHead));
    gradients.add(new Gradient(centers, head.gradCenters()));
    head.gradParameters()
        .forEach((name, slope) -> gradients.add(new Gradient(parameters.get(name), slope)));
    List<Gradient> clipped = clipNorm > 0 ? GlobalNorm.clip(tf, gradients, clipNorm) : gradients;
    // A loss that is no number moves nothing.
    Ops after = tf.withControlDependencies(tf.assertThat(finite, List.of(loss)));
    List<Op> updates = new ArrayList<>(layers.updates(after));
    head.state().forEach((name, next) -> updates.add(state.get(name).assign(after, next)));
    Map<Double, List<Gradient>> byRate = new TreeMap<>();
    for (Gradient gradient : clipped) {
      byRate.computeIfAbsent(rate(gradient.variable()), rate -> new ArrayList<>()).add(gradient);
    }
    byRate.forEach(
        (share, moved) -> {
          Operand<TFloat32> rate =
              share == 1
                  ? learningRate
                  : tf.math.mul(learningRate, tf.constant(share.floatValue()));
          updates.addAll(optimizer.apply(after, variables, moved, step, rate));
        });
    update = tf.withControlDependencies(updates).noOp();
    finiteVariables =
        variables.all().stream()
            .map(
                v ->
                    tf.reduceAll(
                            tf.math.isFinite(tf.reshape(v.value(), tf.array(-1))), tf.constant(0))
                        .asOutput())
            .toList();
    initialize = variables.initialize();
    scoring = network.scoring(tf, variables);
    VariableSaver.add(tf, variables.all());
    session = new Session(graph, config);
  }

  /** Gives every variable its first value. */
  public void initialize() {
    session.run(initialize);
  }

  /**
   * One step. Where the loss is NaN or infinite nothing is moved.
   *
   * @param step steps taken before
   * @param learningRate of this step
   * @param strength how much of the margin acts, 0..1
   * @param scaleShare how much of the scale acts, above 0, up to 1
   * @throws DivergedException if the loss is NaN or infinite; it names the variable or the sample
   */
  public StepResult step(
      Batch batch, long step, double learningRate, double strength, double scaleShare) {
    try (TUint8 images = ImageBatch.tensor(network.image(), batch.pixels(), batch.size());
        TInt32 labels = TInt32.vectorOf(batch.labels());
        TFloat64 before = TFloat64.scalarOf(step);
        TFloat32 rate = TFloat32.scalarOf((float) learningRate);
        TFloat64 margin = TFloat64.scalarOf(strength);
        TFloat64 scale = TFloat64.scalarOf(scaleShare)) {
      Supplier<Session.Runner> fed =
          () ->
              session
                  .runner()
                  .feed(this.images, images)
                  .feed(this.labels, labels)
                  .feed(this.step, before)
                  .feed(this.learningRate, rate)
                  .feed(this.strength, margin)
                  .feed(this.scaleShare, scale);
      Session.Runner runner = fed.get().fetch(loss);
      watched.forEach(runner::fetch);
      try (Result result = runner.addTarget(update).run()) {
        return new StepResult(
            number(result, 0),
            number(result, 1),
            number(result, 2),
            number(result, 3),
            number(result, 4),
            number(result, 5));
      } catch (TFInvalidArgumentException e) {
        throw diverged(fed, batch, step, e);
      }
    }
  }

  private static double number(Result result, int index) {
    return ((TFloat32) result.get(index)).getFloat();
  }

  /** Why a step was refused; what is not the loss's doing is passed on. */
  private RuntimeException diverged(
      Supplier<Session.Runner> fed, Batch batch, long step, TFInvalidArgumentException e) {
    try (Result result = fed.get().fetch(loss).fetch(lossPerSample).run()) {
      double found = number(result, 0);
      if (Double.isFinite(found)) {
        return e;
      }
      Optional<String> variable = firstNotFinite();
      if (variable.isPresent()) {
        return new DivergedException(step + 1, found, "variable '" + variable.get() + "'");
      }
      float[] losses = StdArrays.array1dCopyOf((TFloat32) result.get(1));
      int sample = 0;
      while (sample < losses.length - 1 && Float.isFinite(losses[sample])) {
        sample++;
      }
      return new DivergedException(
          step + 1,
          found,
          "sample %d of its batch, of class %d".formatted(sample, batch.labels()[sample]));
    }
  }

  /** Name of the first variable with NaN or an infinity. */
  Optional<String> firstNotFinite() {
    Session.Runner runner = session.runner();
    finiteVariables.forEach(runner::fetch);
    try (Result result = runner.run()) {
      int i = 0;
      for (Variable variable : variables.all()) {
        if (!((TBool) result.get(i++)).getBoolean()) {
          return Optional.of(variable.name());
        }
      }
      return Optional.empty();
    }
  }

  /** Accuracy by cosine to the class centres, with the running statistics of batch norm. */
  public double accuracy(Samples samples) {
    return Scores.accuracy(session, scoring, samples);
  }

  /** D, size of the features. */
  public int dimension() {
    return (int) scoring.of().centers().shape().get(1);
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
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }

  private double rate(Variable variable) {
    return variable.name().equals(Network.CENTERS) || variable.name().startsWith(Network.HEAD)
        ? 1
        : network.backbone().rate(variable);
  }

  private HeadStep headStep(
      Ops tf,
      Map<String, Variable> state,
      Map<String, Variable> parameters,
      Operand<TInt64> counter) {
    Operand<TFloat64> draws =
        tf.random.statelessRandomNormal(tf.shape(labels), counter, TFloat64.class);
    return new HeadStep(strength, scaleShare, draws, values(state), values(parameters));
  }

  private static Map<String, Operand<TFloat32>> values(Map<String, Variable> variables) {
    Map<String, Operand<TFloat32>> values = new LinkedHashMap<>();
    variables.forEach((name, variable) -> values.put(name, variable.value()));
    return values;
  }

  private List<Gradient> backboneGradients(
      Operand<TFloat32> features, Operand<TFloat32> gradFeatures, Set<Variable> ofHead) {
    List<Variable> trained = variables.trained().stream().filter(v -> !ofHead.contains(v)).toList();
    if (trained.isEmpty()) {
      return List.of();
    }
    List<Operand<TFloat32>> gradients =
        Backpropagation.gradients(graph, features, gradFeatures, trained);
    List<Gradient> named = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      named.add(new Gradient(trained.get(i), gradients.get(i)));
    }
    return named;
  }

  private static Output<TFloat32> spread(Ops tf, Operand<TFloat32> features) {
    Operand<TFloat32> norms =
        tf.linalg.euclideanNorm(features, tf.constant(1), EuclideanNorm.keepDims(true));
    Operand<TFloat32> unit = tf.math.divNoNan(features, norms);
    Operand<TFloat32> apart =
        tf.math.sub(unit, tf.math.mean(unit, tf.constant(0), Mean.keepDims(true)));
    return mean(tf, tf.reduceSum(tf.math.square(apart), tf.constant(1)));
  }

  private static Output<TFloat32> mean(Ops tf, Operand<TFloat32> values) {
    return tf.math.mean(values, tf.constant(0)).asOutput();
  }

  private static <T extends TType> Placeholder<T> scalar(Ops tf, String name, Class<T> type) {
    return tf.withName(name).placeholder(type, Placeholder.shape(Shape.scalar()));
  }
}

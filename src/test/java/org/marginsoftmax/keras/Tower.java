package org.marginsoftmax.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.npy.NpyFile;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A backbone in a graph and a session of its own, its variables at the model's values. */
final class Tower implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Variables variables = new Variables(tf, 0);
  private final Placeholder<TFloat32> images;
  private final Placeholder<TInt64> draws;
  private final Operand<TFloat32> features;
  private final List<Op> moves;
  private final Session session;
  private final Map<Variable, Assignment> assignments = new HashMap<>();
  private long[] counter = {0, 0};

  /** Numbers with a shape. */
  record Array(int[] shape, float[] values) {
    static Array read(Path file) {
      NpyFile.Floats read = NpyFile.readFloats(file);
      return new Array(read.shape(), read.values());
    }

    /** The largest distance to other values, as a share of the largest of these. */
    double distance(float[] others) {
      double largest = 0;
      double distance = 0;
      for (int i = 0; i < values.length; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
        distance = Math.max(distance, Math.abs(values[i] - others[i]));
      }
      return Double.isNaN(sum(others)) ? Double.NaN : distance / largest;
    }

    private static double sum(float[] values) {
      double sum = 0;
      for (float value : values) {
        sum += value;
      }
      return sum;
    }
  }

  static Tower scoring(KerasBackbone backbone, int... imageSizes) {
    return new Tower(backbone, false, imageSizes);
  }

  static Tower training(KerasBackbone backbone, int... imageSizes) {
    return new Tower(backbone, true, imageSizes);
  }

  /**
   * A tower.
   *
   * @param sizes of images, [N, H, W, channels]; N is not looked at
   */
  private Tower(KerasBackbone backbone, boolean training, int... sizes) {
    images =
        tf.placeholder(
            TFloat32.class, Placeholder.shape(Shape.of(-1, sizes[1], sizes[2], sizes[3])));
    draws = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
    Layers layers =
        training ? Layers.training(tf, variables, draws) : Layers.scoring(tf, variables);
    features = backbone.features(layers, images);
    // What a step moves, it moves after the features were seen.
    moves = layers.updates(tf.withControlDependencies(List.of(tf.identity(features))));
    VariableSaver.add(tf, variables.all());
    Op initialize = variables.initialize();
    session = new Session(graph);
    session.run(initialize);
  }

  /** All draws from now on are those of this seed and step. */
  Tower at(long seed, long step) {
    counter = new long[] {seed, step};
    return this;
  }

  float[] features(Array images) {
    return fetch(images, List.of(features.asOutput()), false).get(0);
  }

  /** Features as a training step sees them, which then moves what it moves. */
  float[] step(Array images) {
    return fetch(images, List.of(features.asOutput()), true).get(0);
  }

  List<Variable> trained() {
    return variables.trained();
  }

  List<Variable> all() {
    return List.copyOf(variables.all());
  }

  Variable variable(String name) {
    return variables.all().stream()
        .filter(v -> v.name().equals(ModelWeights.PREFIX + name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not among " + variables.all()));
  }

  float[] read(Variable variable) {
    return values().get(variable);
  }

  /** Of all variables, in one run: each run of other operations is planned anew. */
  Map<Variable, float[]> values() {
    Session.Runner runner = session.runner();
    all().forEach(variable -> runner.fetch(variable.value()));
    Map<Variable, float[]> values = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      for (Variable variable : all()) {
        values.put(variable, floats(result, values.size()));
      }
    }
    return values;
  }

  void assign(Variable variable, float[] values) {
    assign(Map.of(variable, values));
  }

  /** Sets variables, in one run as well. */
  void assign(Map<Variable, float[]> values) {
    Session.Runner runner = session.runner();
    List<TFloat32> tensors = new ArrayList<>();
    values.forEach(
        (variable, value) -> {
          Assignment assignment = assignments.computeIfAbsent(variable, this::assignment);
          tensors.add(TFloat32.tensorOf(variable.shape(), DataBuffers.of(value)));
          runner.feed(assignment.next(), tensors.get(tensors.size() - 1));
          runner.addTarget(assignment.op());
        });
    runner.run().close();
    tensors.forEach(TFloat32::close);
  }

  private record Assignment(Placeholder<TFloat32> next, Op op) {}

  private Assignment assignment(Variable variable) {
    Placeholder<TFloat32> next =
        tf.placeholder(TFloat32.class, Placeholder.shape(variable.shape()));
    return new Assignment(next, variable.assign(tf, next));
  }

  void save(Path prefix) {
    session.save(prefix.toString());
  }

  /** A number of the features that every one of them is part of. */
  final class Loss {
    private final Operand<TFloat32> weights;
    private final List<Operand<TFloat32>> gradients;

    private Loss(List<Variable> of, int size) {
      Random random = new Random(1);
      float[] drawn = new float[size];
      for (int i = 0; i < size; i++) {
        drawn[i] = (float) random.nextGaussian();
      }
      weights = tf.reshape(tf.constant(drawn), tf.shape(features));
      gradients = Backpropagation.gradients(graph, features, weights.asOutput(), of);
    }

    /** Of each variable. */
    List<float[]> gradients(Array images) {
      return fetch(images, gradients.stream().map(Operand::asOutput).toList(), false);
    }

    /** Added up here, in double. */
    double value(Array images) {
      List<float[]> found = fetch(images, List.of(features.asOutput(), weights.asOutput()), false);
      double sum = 0;
      for (int i = 0; i < found.get(0).length; i++) {
        sum += (double) found.get(0)[i] * found.get(1)[i];
      }
      return sum;
    }
  }

  /** A loss, with its gradients by all trained variables. */
  Loss loss(Array images) {
    return loss(images, trained());
  }

  Loss loss(Array images, List<Variable> by) {
    return new Loss(by, features(images).length);
  }

  private List<float[]> fetch(Array given, List<Output<TFloat32>> outputs, boolean move) {
    long[] sizes = new long[given.shape().length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = given.shape()[i];
    }
    try (TFloat32 tensor = TFloat32.tensorOf(Shape.of(sizes), DataBuffers.of(given.values()));
        TInt64 counts = TInt64.vectorOf(counter)) {
      Session.Runner runner = session.runner().feed(images, tensor).feed(draws, counts);
      outputs.forEach(runner::fetch);
      if (move) {
        moves.forEach(runner::addTarget);
      }
      try (Result result = runner.run()) {
        List<float[]> found = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
          found.add(floats(result, i));
        }
        return found;
      }
    }
  }

  private static float[] floats(Result result, int index) {
    TFloat32 tensor = (TFloat32) result.get(index);
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

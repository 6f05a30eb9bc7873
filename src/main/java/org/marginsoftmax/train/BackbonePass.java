package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/**
 * The forward and backward pass of a network's backbone in training, of the network's precision,
 * without head and update: what a training step is compared with. Whoever opens it must close it.
 */
public final class BackbonePass implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final Network network;
  private final Placeholder<? extends TNumber> elements;
  private final List<Op> work = new ArrayList<>();

  /**
   * Builds the pass, with the first values of the backbone's variables.
   *
   * @param seed seed for initial values and random draws
   */
  public BackbonePass(Network network, long seed, ConfigProto config) {
    Ops tf = Ops.create(graph);
    Variables variables = new Variables(tf, seed, network.firstValues());
    this.network = network;
    elements = network.elements(tf);
    Layers layers =
        Layers.training(tf, variables, tf.constant(new long[] {seed, 0}), network.precision());
    Operand<TFloat32> features = network.features(layers, elements);
    work.add(features);
    List<Variable> trained = variables.trained();
    if (!trained.isEmpty()) {
      // Any gradient of the features costs the same.
      work.addAll(Backpropagation.gradients(graph, features, features, trained));
    }
    Op initialize = variables.initialize();
    session = new Session(graph, config);
    session.run(initialize);
  }

  /** Runs the pass on a batch. */
  public void run(Batch batch) {
    try (Tensor fed = ElementTensor.of(network.element(), batch.elements(), batch.size())) {
      Session.Runner runner = session.runner().feed(elements, fed);
      work.forEach(runner::addTarget);
      runner.run().close();
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

package org.marginsoftmax.train;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * What training a backbone takes, counted in the graph of its forward and backward pass.
 *
 * @param dimension D, size of the features
 * @param weights bytes of the variables that are trained
 * @param statistics bytes of its other variables
 * @param keptPerSample bytes for one sample that the forward pass leaves to the backward pass
 * @param largestPerSample bytes for one sample of the largest output of an operation
 * @param operations number of operations of both passes
 */
public record BackboneMemory(
    int dimension,
    long weights,
    long statistics,
    long keptPerSample,
    long largestPerSample,
    int operations) {
  /** That of a head on its own. */
  static BackboneMemory none(int dimension) {
    return new BackboneMemory(dimension, 0, 0, 0, 0, 0);
  }

  /** What one of several workers takes, which has a part of each batch, and all weights in turn. */
  BackboneMemory ofWorker(int workers) {
    return new BackboneMemory(
        dimension,
        weights,
        statistics,
        (keptPerSample + workers - 1) / workers,
        (largestPerSample + workers - 1) / workers,
        operations);
  }

  /** These read the shape of their input and leave its values alone. */
  private static final Set<String> READ_SHAPES =
      Set.of("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike");

  /** The output of these is their first input. */
  private static final Set<String> SAME_MEMORY =
      Set.of(
          "Identity", "Reshape", "Squeeze", "ExpandDims", "EnsureShape", "PlaceholderWithDefault");

  /** Samples of the batch that is counted; no kernel has as many rows. */
  private static final int BATCH = 11;

  /** Builds both passes of a network's backbone and counts. */
  static BackboneMemory of(Network network) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      Layers layers = Layers.training(tf, variables, tf.constant(new long[] {0, 0}));
      long[] sizes = network.element().sizes().stream().mapToLong(Integer::longValue).toArray();
      Placeholder<TFloat32> sample =
          tf.placeholder(
              TFloat32.class, Placeholder.shape(Shape.of(BATCH).append(Shape.of(sizes))));
      Operand<TFloat32> features = network.features(layers, sample);
      Set<String> forward = new HashSet<>();
      graph.operations().forEachRemaining(operation -> forward.add(operation.name()));
      List<Variable> trained = variables.trained();
      if (!trained.isEmpty()) {
        Backpropagation.gradients(graph, features, features, trained);
      }
      Map<String, Long> kept = new HashMap<>();
      long largest = 0;
      int operations = 0;
      for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); ) {
        GraphOperation operation = all.next();
        operations++;
        boolean backward = !forward.contains(operation.name());
        for (int i = 0; backward && i < operation.numInputs(); i++) {
          Output<?> input = operation.input(i);
          if (forward.contains(input.op().name()) && !READ_SHAPES.contains(operation.type())) {
            Output<?> memory = memory(input);
            kept.put(memory.op().name() + ":" + memory.index(), perSample(memory));
          }
        }
        for (int i = 0; i < operation.numOutputs(); i++) {
          largest = Math.max(largest, perSample(operation.output(i)));
        }
      }
      long trainedBytes = bytes(trained);
      return new BackboneMemory(
          (int) features.shape().get(1),
          trainedBytes,
          bytes(variables.all()) - trainedBytes,
          kept.values().stream().mapToLong(Long::longValue).sum(),
          largest,
          operations);
    }
  }

  /** The output whose memory this one is. */
  private static Output<?> memory(Output<?> output) {
    Output<?> of = output;
    while (of.op() instanceof GraphOperation operation && SAME_MEMORY.contains(operation.type())) {
      of = operation.input(0);
    }
    return of;
  }

  /** Bytes of an output that belong to the sample; 0 for weights and whatever has no such rows. */
  private static long perSample(Output<?> output) {
    Shape shape = output.shape();
    boolean ofSamples = !shape.isUnknown() && shape.numDimensions() > 1 && shape.get(0) == BATCH;
    return ofSamples && !shape.hasUnknownDimension() ? Float.BYTES * shape.size() / BATCH : 0;
  }

  private static long bytes(Collection<Variable> variables) {
    return variables.stream().mapToLong(Variable::size).sum() * Float.BYTES;
  }
}

package org.marginsoftmax.backbone;

import java.util.Iterator;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * What a backbone costs, counted in the graph that it builds.
 *
 * @param parameters number of elements of its variables, running statistics not counted
 * @param multiplyAdds multiplications with an addition each, for one sample: those of convolutions
 *     and matrix products, without norms, activations and sums
 * @param embedding D, the size of the features
 */
public record BackboneCost(long parameters, long multiplyAdds, int embedding) {
  /**
   * Builds the backbone for scoring and counts.
   *
   * @param sizes shape of one sample, such as 112, 112, 3
   * @throws org.marginsoftmax.InvalidInputException if the backbone does not take such samples
   */
  public static BackboneCost of(Backbone backbone, long... sizes) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      Placeholder<TFloat32> sample =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(1).append(Shape.of(sizes))));
      long embedding = backbone.features(Layers.scoring(tf, variables), sample).shape().get(1);
      long parameters =
          variables.all().stream()
              .filter(variable -> variable.role() != Variable.Role.STATISTIC)
              .mapToLong(Variable::size)
              .sum();
      long multiplyAdds = 0;
      for (Iterator<GraphOperation> operations = graph.operations(); operations.hasNext(); ) {
        multiplyAdds += multiplyAdds(operations.next());
      }
      return new BackboneCost(parameters, multiplyAdds, (int) embedding);
    }
  }

  private static long multiplyAdds(GraphOperation operation) {
    return switch (operation.type()) {
      // Each number of the output is a sum over the kernel's height, width and input channels.
      case "Conv2D" ->
          outputs(operation) * of(operation, 1, 0) * of(operation, 1, 1) * of(operation, 1, 2);
      case "DepthwiseConv2dNative" ->
          outputs(operation) * of(operation, 1, 0) * of(operation, 1, 1);
      case "MatMul" -> outputs(operation) * of(operation, 0, isTurned(operation) ? 0 : 1);
      default -> 0;
    };
  }

  private static boolean isTurned(GraphOperation operation) {
    return operation.attributes().getAttrBool("transpose_a");
  }

  private static long outputs(Operation operation) {
    return operation.output(0).shape().size();
  }

  private static long of(GraphOperation operation, int input, int axis) {
    return operation.input(input).shape().get(axis);
  }
}

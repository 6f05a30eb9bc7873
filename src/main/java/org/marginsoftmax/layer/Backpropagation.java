package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.gradient.Gradients;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/** Backpropagation from features to the variables of a backbone. */
public final class Backpropagation {
  private Backpropagation() {}

  /**
   * The gradients of a loss with respect to the variables that the features depend on.
   *
   * @param features float32 [N, D]
   * @param gradFeatures gradient of the loss with respect to the features, float32 [N, D]
   * @return one gradient per variable, of the shape of the variable
   * @throws InvalidInputException if an operation between a variable and the features has no
   *     gradient (the message names it), or the features do not depend on one of the variables
   */
  public static List<Operand<TFloat32>> gradients(
      Graph graph,
      Operand<TFloat32> features,
      Operand<TFloat32> gradFeatures,
      List<Variable> variables) {
    List<Output<?>> handles = new ArrayList<>();
    variables.forEach(variable -> handles.add(variable.handle().asOutput()));
    Gradients between = Gradients.between(features.asOutput(), handles);
    if (!between.refused().isEmpty()) {
      throw new InvalidInputException(
          "backbone: expected operations with gradients between its variables and the features, found %s; take features from below with `layer`, or freeze what lies below with `freeze`"
              .formatted(String.join("; ", between.refused())));
    }
    List<Output<?>> found =
        between.add(graph, Tasks::beside, features.asOutput(), gradFeatures.asOutput(), handles);
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      if (found.get(i) == null) {
        throw new InvalidInputException(
            "backbone: expected the features to depend on '%s' through operations with a gradient, found none beyond %s; leave the variable out or use other operations"
                .formatted(variables.get(i).name(), between.end(handles.get(i))));
      }
      gradients.add(found.get(i).expect(TFloat32.class));
    }
    return gradients;
  }
}

package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.types.TFloat32;

/**
 * Gradients by TensorFlow's C++ library, which has none for some operations that Python's has, in
 * words where one is missing.
 */
public final class Backpropagation {
  private static final Pattern MISSING = Pattern.compile("No gradient defined for op: (\\w+)");

  private Backpropagation() {}

  /**
   * The gradients of a loss with regard to variables that features depend on.
   *
   * @param features float32 [N, D]
   * @param gradFeatures gradient of the loss with regard to them, float32 [N, D]
   * @return one for each variable, of its shape
   * @throws IllegalArgumentException if an operation between has no gradient, with its name, or
   *     features do not depend on a variable
   */
  public static List<Operand<TFloat32>> gradients(
      Graph graph,
      Operand<TFloat32> features,
      Operand<TFloat32> gradFeatures,
      List<Variable> variables) {
    Output<?>[] found;
    try {
      found =
          graph.addGradients(
              "gradients",
              new Output<?>[] {features.asOutput()},
              variables.stream().map(Variable::output).toArray(Output<?>[]::new),
              new Output<?>[] {gradFeatures.asOutput()});
    } catch (TensorFlowException e) {
      Matcher missing = MISSING.matcher(String.valueOf(e.getMessage()));
      if (!missing.find()) {
        throw e;
      }
      throw new IllegalArgumentException(
          "backbone: expected operations that TensorFlow's C++ library has a gradient for, found %s (%s); take features from below with --layer, or freeze what lies below with --freeze"
              .formatted(first(graph, missing.group(1)), missing.group(1)),
          e);
    }
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    for (int i = 0; i < found.length; i++) {
      if (!exists(found[i])) {
        throw new IllegalArgumentException(
            "backbone: expected the features to depend on '%s' through operations with a gradient, found none; leave the variable out or use other operations"
                .formatted(variables.get(i).name()));
      }
      gradients.add(found[i].expect(TFloat32.class));
    }
    return gradients;
  }

  private static String first(Graph graph, String type) {
    for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); ) {
      GraphOperation operation = all.next();
      if (operation.type().equals(type)) {
        return operation.name();
      }
    }
    return "one";
  }

  /** One that TensorFlow does not have comes back as an output of an operation without a handle. */
  private static boolean exists(Output<?> gradient) {
    try {
      return gradient != null && gradient.dataType() != null;
    } catch (IllegalStateException noHandle) {
      return false;
    }
  }
}

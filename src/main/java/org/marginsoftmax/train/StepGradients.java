package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The gradients of a training step. Those of the head are in closed form; from d loss / d features
 * on they go down the backbone.
 */
final class StepGradients {
  private StepGradients() {}

  /** Of the loss by every trained variable, those of the centers only if they are wanted. */
  static List<Gradient> of(Graph graph, Variables variables, Forward forward, boolean centersToo) {
    List<Gradient> gradients = new ArrayList<>(ofBackbone(graph, variables, forward));
    if (centersToo) {
      for (int k = 0; k < forward.centers().size(); k++) {
        gradients.add(forward.ofCenters(k, forward.head().gradBlocks().get(k)));
      }
    }
    forward
        .head()
        .gradParameters()
        .forEach(
            (name, slope) -> gradients.add(new Gradient(forward.parameters().get(name), slope)));
    return gradients;
  }

  private static List<Gradient> ofBackbone(Graph graph, Variables variables, Forward forward) {
    Set<Variable> ofHead = new HashSet<>(forward.parameters().values());
    ofHead.addAll(forward.centers());
    List<Variable> trained = variables.trained().stream().filter(v -> !ofHead.contains(v)).toList();
    return trained.isEmpty()
        ? List.of()
        : paired(
            trained,
            Backpropagation.gradients(
                graph, forward.features(), forward.head().gradFeatures(), trained));
  }

  private static List<Gradient> paired(List<Variable> of, List<Operand<TFloat32>> values) {
    return IntStream.range(0, of.size())
        .mapToObj(i -> new Gradient(of.get(i), values.get(i)))
        .toList();
  }
}

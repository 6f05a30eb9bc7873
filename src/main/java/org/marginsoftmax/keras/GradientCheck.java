package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.gradient.Node;
import org.marginsoftmax.gradient.Path;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.Operations;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.OpDef;

/** Finds operations between variables and features that stop gradients. */
final class GradientCheck {
  private static final Set<String> LOOPS = Set.of("While", "StatelessWhile");

  private GradientCheck() {}

  /**
   * Refuses a part that cannot be trained.
   *
   * @throws InvalidInputException that names the first operation in the way
   */
  static void check(FeatureGraph part, ModelVariables variables, FineTuning options) {
    List<String> found = of(part, variables, options);
    if (!found.isEmpty()) {
      throw new InvalidInputException(
          "model: expected operations with gradients between its variables and the features, found %s; choose a layer with `layer`, or freeze what lies below with `freeze`"
              .formatted(String.join("; ", found)));
    }
  }

  /** Whether gradients stop in a part that has a loop. */
  static boolean stopsAtLoop(FeatureGraph part, ModelVariables variables, FineTuning options) {
    return part.needed().stream().anyMatch(node -> LOOPS.contains(node.type()))
        && !of(part, variables, options).isEmpty();
  }

  /** The operations that stop gradients, in words; empty if there are none. */
  static List<String> of(FeatureGraph part, ModelVariables variables, FineTuning options) {
    Map<String, ModelVariable> trained = trained(part, variables, options);
    Path path = path(part, trained);
    List<String> found = new ArrayList<>(path.refused());
    trained.forEach(
        (handle, variable) -> {
          if (!path.contains(handle)) {
            found.add("none to %s beyond %s".formatted(variable.name(), path.end(handle)));
          } else if (variable.type() != DataType.DT_FLOAT) {
            found.add(
                "%s of %s, where float32 can be trained"
                    .formatted(variable.name(), variable.type()));
          }
        });
    return found;
  }

  /** The model's own gradients that training replaces by those of the operations, in one line. */
  static Optional<String> ownGradients(
      FeatureGraph part, ModelVariables variables, FineTuning options) {
    List<Node> found =
        path(part, trained(part, variables, options)).overridden().stream()
            .filter(node -> !isSwish(part.flat(), node))
            .toList();
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s has a gradient of its own%s, which is not taken: training takes that of the operations it is made of, which for tf.recompute_grad is the same"
                .formatted(
                    "%s (%s)".formatted(found.get(0).name(), found.get(0).type()),
                    found.size() == 1 ? "" : ", as %d more do".formatted(found.size() - 1)));
  }

  /** Keras' swish has a gradient of its own, to save memory, which is that of its operations. */
  private static boolean isSwish(FlatGraph flat, Node node) {
    FlatNode product = flat.of(flat.origin(node.inputs().get(0)));
    return node.inputs().size() > 1
        && product.type().equals("Mul")
        && product.inputs().get(0).equals(node.inputs().get(1))
        && flat.of(product.inputs().get(1)).type().equals("Sigmoid");
  }

  private static Map<String, ModelVariable> trained(
      FeatureGraph part, ModelVariables variables, FineTuning options) {
    Map<String, ModelVariable> trained = new LinkedHashMap<>();
    for (FlatNode node : part.needed()) {
      if (node.type().equals("VarHandleOp")) {
        ModelVariable variable = variables.of(node.output(0));
        if (options.trains(variable)) {
          trained.put(node.output(0), variable);
        }
      }
    }
    return trained;
  }

  private static Path path(FeatureGraph part, Map<String, ModelVariable> trained) {
    List<Typed> nodes = part.needed().stream().map(Typed::new).toList();
    return new Path(nodes, part.features(), trained.keySet());
  }

  /** A node with what the runtime's definition of its type adds. */
  private record Typed(FlatNode node, OpDef definition, List<DataType> outputs) implements Node {
    Typed(FlatNode node) {
      this(node, Operations.definition(node.type(), node.name()));
    }

    private Typed(FlatNode node, OpDef definition) {
      this(node, definition, Operations.outputTypes(definition, node.attributes()));
    }

    @Override
    public String name() {
      return node.name();
    }

    @Override
    public String type() {
      return node.type();
    }

    @Override
    public List<String> inputs() {
      return node.inputs();
    }

    @Override
    public AttrValue attribute(String name) {
      return Operations.attribute(definition, node.attributes(), name);
    }
  }
}

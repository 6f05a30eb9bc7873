package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.gradient.Node;
import org.marginsoftmax.gradient.Path;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.OpDef;

/** What stands between variables and features so that no gradient passes. */
final class Obstacles {
  private Obstacles() {}

  /**
   * Refuses a part that cannot be trained.
   *
   * @throws IllegalArgumentException that names the first operation in the way
   */
  static void check(KerasBackbone.Part part, ModelVariables variables, FineTuning options) {
    List<String> found = of(part, variables, options);
    if (!found.isEmpty()) {
      throw new IllegalArgumentException(
          "model: expected operations with gradients between its variables and the features, found %s; choose a layer with --layer, or freeze what lies below with --freeze"
              .formatted(String.join("; ", found)));
    }
  }

  /** What is in the way, in words; empty where nothing is. */
  static List<String> of(KerasBackbone.Part part, ModelVariables variables, FineTuning options) {
    Map<String, ModelVariable> trained = new LinkedHashMap<>();
    List<Typed> nodes = new ArrayList<>();
    for (FlatNode node : part.needed()) {
      nodes.add(new Typed(node));
      if (node.type().equals("VarHandleOp")) {
        ModelVariable variable = variables.of(node.output(0));
        if (variable.trainable() && !options.frozen(variable.name())) {
          trained.put(node.output(0), variable);
        }
      }
    }
    Path path = new Path(nodes, part.features(), trained.keySet());
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

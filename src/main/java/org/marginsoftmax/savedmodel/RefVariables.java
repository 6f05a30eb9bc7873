package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Converts variables of TensorFlow 1, which are their own values, to the form of TensorFlow 2: a
 * handle, a read operation, and assignments through the handle.
 */
final class RefVariables {
  private static final Set<String> VARIABLES = Set.of("VariableV2", "Variable");
  private static final Map<String, String> ASSIGNMENTS =
      Map.of(
          "Assign", "AssignVariableOp",
          "AssignAdd", "AssignAddVariableOp",
          "AssignSub", "AssignSubVariableOp");

  private RefVariables() {}

  static boolean isVariable(String type) {
    return VARIABLES.contains(type);
  }

  static boolean isAssignment(String type) {
    return ASSIGNMENTS.containsKey(type);
  }

  /** Adds a variable as a handle and a read operation. */
  static NodeOutputs variable(NodeDef node, FlatGraph flat) {
    String name = node.getName();
    AttrValue type = node.getAttrOrThrow("dtype");
    flat.add(new FlatNode(name, "VarHandleOp", List.of(), node.getAttrMap()));
    String read = name + "/ref";
    flat.add(new FlatNode(read, "ReadVariableOp", List.of(name + ":0"), Map.of("dtype", type)));
    return new NodeOutputs(List.of(read + ":0"), Map.of("ref", 0));
  }

  /**
   * Adds an assignment through the variable's handle; its output is the new value.
   *
   * @param inputs of the node in the flat graph
   */
  static NodeOutputs assignment(NodeDef node, List<String> inputs, FlatGraph flat) {
    FlatNode variable = flat.of(inputs.get(0));
    if (!variable.type().equals("ReadVariableOp")) {
      throw new InvalidInputException(
          "model: expected assignments to variables, found one to %s at %s; choose a layer above it"
              .formatted(variable.type(), node.getName()));
    }
    String value = inputs.get(1);
    flat.add(
        new FlatNode(
            node.getName(),
            ASSIGNMENTS.get(node.getOp()),
            List.of(variable.inputs().get(0), value),
            Map.of("dtype", node.getAttrOrThrow("T"))));
    if (!node.getOp().equals("Assign")) {
      FlatNode sum =
          new FlatNode(
              node.getName() + "/after",
              node.getOp().equals("AssignAdd") ? "AddV2" : "Sub",
              List.of(inputs.get(0), value),
              Map.of("T", node.getAttrOrThrow("T")));
      flat.add(sum);
      value = sum.output(0);
    }
    return new NodeOutputs(List.of(value), Map.of("output_ref", 0));
  }
}

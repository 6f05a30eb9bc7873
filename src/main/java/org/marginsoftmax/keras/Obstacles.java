package org.marginsoftmax.keras;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.proto.DataType;

/** What stands between variables and features so that no gradient passes. */
final class Obstacles {
  /** Control flow and calls that could not be opened up. */
  private static final Set<String> CLOSED =
      Set.of(
          "If",
          "StatelessIf",
          "Case",
          "StatelessCase",
          "While",
          "StatelessWhile",
          "Switch",
          "Merge",
          "Enter",
          "Exit",
          "NextIteration",
          "LoopCond",
          "RemoteCall",
          "SymbolicGradient",
          "XlaLaunch",
          "TPUPartitionedCall",
          "BatchFunction");

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
    Set<String> found = new LinkedHashSet<>();
    Set<String> moved = new HashSet<>();
    for (FlatNode node : part.needed()) {
      boolean reads = node.type().equals("ReadVariableOp") || node.type().equals("ResourceGather");
      if (reads && variables.isHandle(node.inputs().get(0))) {
        ModelVariable variable = variables.of(node.inputs().get(0));
        if (variable.trainable() && !options.frozen(variable.name())) {
          moved.add(node.name());
          if (variable.type() != DataType.DT_FLOAT) {
            found.add(
                "%s of %s, where float32 can be trained"
                    .formatted(variable.name(), variable.type()));
          }
        }
        continue;
      }
      boolean within =
          node.inputs().stream()
              .anyMatch(
                  in ->
                      moved.contains(FlatNode.nodeOf(in))
                          || variables.isHandle(in)
                              && variables.of(in).trainable()
                              && !options.frozen(variables.of(in).name()));
      if (within && !node.type().equals("StopGradient")) {
        moved.add(node.name());
        if (CLOSED.contains(node.type())) {
          found.add("%s (%s)".formatted(node.name(), node.type()));
        }
      }
    }
    return List.copyOf(found);
  }
}

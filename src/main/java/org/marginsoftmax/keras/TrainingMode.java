package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/**
 * A model's function for training, of which only half is wanted: batch norm in training mode
 * without dropout, or dropout with batch norm's own statistics.
 */
final class TrainingMode {
  private static final Set<String> ASSIGNMENTS =
      Set.of("AssignVariableOp", "AssignSubVariableOp", "AssignAddVariableOp");
  private static final Set<String> DRAWS =
      Set.of("RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2");

  private TrainingMode() {}

  /** The assignments that a step makes. */
  static List<FlatNode> assignments(FlatGraph flat) {
    return flat.nodes().stream().filter(node -> ASSIGNMENTS.contains(node.type())).toList();
  }

  /**
   * Refuses a graph that depends on the order of reads and assignments, because an inlined graph
   * has none: every read sees the value before the step, and assignments come after it.
   *
   * @throws InvalidInputException if a statistic is updated more than once, or a variable that is
   *     trained is assigned
   */
  static void requireStatisticsMovedOnce(List<FlatNode> moves, ModelVariables variables) {
    Map<String, Integer> times = new HashMap<>();
    for (FlatNode move : moves) {
      ModelVariable variable = variables.of(move.inputs().get(0));
      if (!isFloat(variable)) {
        continue;
      }
      if (variable.trainable()) {
        throw new InvalidInputException(
            "training mode: expected statistics alone to be assigned, found %s, which is trained (as by SpectralNormalization); train with batch norm frozen and without dropout"
                .formatted(variable.name()));
      }
      if (times.merge(variable.name(), 1, Integer::sum) > 1) {
        throw new InvalidInputException(
            "training mode: expected each statistic to be moved once in a step, found %s moved more than once, by a layer that is called several times; train with batch norm frozen"
                .formatted(variable.name()));
      }
    }
  }

  /**
   * The graph with batch norm's own statistics in place of the batch's. They are recognised by what
   * moves them: an output of FusedBatchNormV3, or share x statistic + (1 - share) x batch.
   *
   * @throws InvalidInputException if a statistic is moved in another way
   */
  static FlatGraph frozenStatistics(FlatGraph flat, ModelVariables variables) {
    Map<String, String> instead = new HashMap<>();
    // Of a fused batch norm: which inputs its own statistics are, by the outputs that move them.
    Map<String, Map<Integer, String>> fused = new HashMap<>();
    for (FlatNode assignment : assignments(flat)) {
      ModelVariable variable = variables.of(assignment.inputs().get(0));
      if (variable.shape().numDimensions() == 0 || !isFloat(variable)) {
        continue;
      }
      String own = read(flat, assignment.inputs().get(0));
      String batch = batchStatistic(flat, assignment);
      if (isFused(flat.of(batch))) {
        fused
            .computeIfAbsent(FlatNode.nodeOf(batch), node -> new HashMap<>())
            .put(FlatNode.indexOf(batch) + 2, own);
      } else {
        instead.put(batch, own);
      }
    }
    FlatGraph frozen = new FlatGraph();
    for (FlatNode node : flat.nodes()) {
      // The states of generators go on moving: by that it is known that draws depend on them.
      if (ASSIGNMENTS.contains(node.type()) && isFloat(variables.of(node.inputs().get(0)))) {
        continue;
      }
      Map<String, AttrValue> attributes = new HashMap<>(node.attributes());
      List<String> inputs = new ArrayList<>();
      node.inputs().forEach(input -> inputs.add(instead.getOrDefault(input, input)));
      if (fused.containsKey(node.name())) {
        attributes.put("is_training", AttrValue.newBuilder().setB(false).build());
        fused.get(node.name()).forEach(inputs::set);
      }
      frozen.add(new FlatNode(node.name(), node.type(), inputs, attributes));
    }
    return frozen;
  }

  /** The graph without dropout, in the form in which TensorFlow writes it. */
  static FlatGraph withoutDropout(FlatGraph flat) {
    Map<String, String> instead = new HashMap<>();
    FlatGraph without = new FlatGraph();
    for (FlatNode node : flat.nodes()) {
      dropped(flat, node).ifPresent(input -> instead.put(node.output(0), input));
      without.add(
          new FlatNode(
              node.name(),
              node.type(),
              node.inputs().stream().map(input -> instead.getOrDefault(input, input)).toList(),
              node.attributes()));
    }
    return without;
  }

  /** What goes into a dropout, if the node is what comes out of one. */
  private static Optional<String> dropped(FlatGraph flat, FlatNode node) {
    if (!node.type().equals("SelectV2") && !node.type().equals("Mul")) {
      return Optional.empty();
    }
    // select(draw >= rate, x / (1 - rate), 0), or in older versions x / (1 - rate) * cast(draw >=
    // rate)
    int mask = node.type().equals("SelectV2") ? 0 : 1;
    int kept = 1 - mask;
    FlatNode drawn = flat.of(flat.origin(node.inputs().get(mask)));
    if (drawn.type().equals("Cast")) {
      drawn = flat.of(flat.origin(drawn.inputs().get(0)));
    }
    FlatNode scaled = flat.of(node.inputs().get(kept));
    boolean dropout =
        drawn.type().equals("GreaterEqual")
            && scaled.type().equals("Mul")
            && flat.needed(List.of(drawn.output(0))).stream()
                .anyMatch(n -> DRAWS.contains(n.type()));
    return dropout ? Optional.of(scaled.inputs().get(0)) : Optional.empty();
  }

  /** B of the assignments v := v c + B c', v -= (v - B) c', v := B of a fused batch norm. */
  private static String batchStatistic(FlatGraph flat, FlatNode assignment) {
    String variable = assignment.inputs().get(0);
    FlatNode value = flat.of(flat.origin(assignment.inputs().get(1)));
    if (isFused(value)) {
      return flat.origin(assignment.inputs().get(1));
    }
    List<FlatNode> terms = new ArrayList<>();
    if (value.type().startsWith("Add")) {
      value.inputs().forEach(input -> terms.add(flat.of(flat.origin(input))));
    } else if (value.type().equals("Mul")) {
      value.inputs().stream()
          .map(input -> flat.of(flat.origin(input)))
          .filter(node -> node.type().equals("Sub"))
          .forEach(terms::add);
    }
    return terms.stream()
        .flatMap(term -> term.inputs().stream())
        .filter(input -> !readsOf(flat, input, variable))
        .filter(input -> !flat.of(flat.origin(input)).type().equals("Const"))
        .map(input -> isFused(flat.of(flat.origin(input))) ? flat.origin(input) : input)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "batch norm: expected statistics moved as Keras moves them, found %s at %s; train without `dropout`, or with `batch-norm` train"
                        .formatted(value.type(), assignment.name())));
  }

  private static boolean readsOf(FlatGraph flat, String output, String variable) {
    FlatNode node = flat.of(flat.origin(output));
    return node.type().equals("ReadVariableOp") && node.inputs().get(0).equals(variable);
  }

  private static String read(FlatGraph flat, String variable) {
    return flat.nodes().stream()
        .filter(node -> node.type().equals("ReadVariableOp"))
        .filter(node -> node.inputs().get(0).equals(variable))
        .map(node -> node.output(0))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isFused(FlatNode node) {
    return node.type().startsWith("FusedBatchNorm");
  }

  private static boolean isFloat(ModelVariable variable) {
    return variable.type() == DataType.DT_FLOAT;
  }
}

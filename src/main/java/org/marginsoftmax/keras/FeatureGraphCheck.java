package org.marginsoftmax.keras;

import java.util.List;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.FlatGraphWriter;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.proto.DataType;

/** Checks whether a model's features can be trained as asked. */
final class FeatureGraphCheck {
  private final FeatureGraph scoring;
  private final FeatureGraph training;
  private final ModelVariables variables;
  private final FineTuning options;

  /** Variables that the features depend on. */
  private final List<ModelVariable> used;

  private FeatureGraphCheck(
      FeatureGraph scoring,
      FeatureGraph training,
      ModelVariables variables,
      FineTuning options,
      List<ModelVariable> used) {
    this.scoring = scoring;
    this.training = training;
    this.variables = variables;
    this.options = options;
    this.used = used;
  }

  /**
   * @throws InvalidInputException for the first thing in the way
   */
  static void run(
      FeatureGraph scoring,
      FeatureGraph training,
      ModelVariables variables,
      FineTuning options,
      List<ModelVariable> used) {
    FeatureGraphCheck check = new FeatureGraphCheck(scoring, training, variables, options, used);
    check.checkHandles();
    check.checkTrained();
    check.checkFrozen();
  }

  /**
   * Requires that variables which are not float32 are only read, never passed to another operation.
   */
  private void checkHandles() {
    Stream.of(scoring, training)
        .flatMap(part -> part.needed().stream())
        .filter(node -> !FlatGraphWriter.READERS.contains(node.type()))
        .flatMap(node -> node.inputs().stream())
        .filter(input -> variables.isHandle(input))
        .map(variables::of)
        .filter(variable -> variable.type() != DataType.DT_FLOAT)
        .findFirst()
        .ifPresent(
            variable -> {
              throw new InvalidInputException(
                  "model: expected float32 variables in a loop or condition, found %s of %s; choose a layer above it"
                      .formatted(variable.name(), variable.type()));
            });
  }

  /** Requires a new layer if nothing of the model is trained although nobody asked for that. */
  private void checkTrained() {
    if (options.freeze().equals("none")
        && options.embedding() == null
        && used.stream().noneMatch(ModelVariable::trainable)) {
      throw new InvalidInputException(
          "model: expected features that depend on a variable that is trained, found %s; train a layer above them with `embedding` 128"
              .formatted(untrained()));
    }
  }

  /** What features depend on where that is nothing that is trained, in words. */
  private String untrained() {
    if (!used.isEmpty()) {
      return "only variables that are not";
    }
    return scoring.needed().stream()
        .filter(node -> node.type().equals("VarHandleOp"))
        .map(node -> variables.of(node.output(0)))
        .filter(variable -> Shapes.isFloat(variable.type()))
        .findFirst()
        .map(
            variable ->
                "%s of %s, where float32 can be trained"
                    .formatted(variable.name(), Shapes.name(variable.type())))
        .orElse("constants alone, a frozen graph");
  }

  /** Refuses a pattern that freezes nothing. */
  private void checkFrozen() {
    if (options.freeze().equals("none") || options.freeze().equals("all")) {
      return;
    }
    List<String> names = used.stream().map(ModelVariable::name).sorted().toList();
    if (names.stream().noneMatch(options::frozen)) {
      throw new InvalidInputException(
          "freeze: expected a pattern found in the name of a variable, found none for '%s'; there are %s"
              .formatted(options.freeze(), String.join(", ", names)));
    }
  }
}

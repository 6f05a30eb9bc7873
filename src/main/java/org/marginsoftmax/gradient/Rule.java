package org.marginsoftmax.gradient;

import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What becomes of a gradient at an operation.
 *
 * @param gradient from the gradients of the outputs to those of the inputs, null where an input has
 *     none; itself null where there is no way to compute it
 * @param outputs indices of those whose gradients it looks at; null for all
 * @param flat indices of inputs that the outputs do not change with, or that Python gives no
 *     gradient either
 * @param check a reason, as {@code ": reason"}, why operations with certain attributes have none;
 *     null where they do
 */
record Rule(
    Function<Step, List<Value>> gradient,
    Set<Integer> outputs,
    Set<Integer> flat,
    Function<Node, String> check) {

  /** The rule of an operation that no gradient passes. */
  static final Rule NONE = new Rule(s -> List.of(), Set.of(), Set.of(), n -> null);

  /** The rule of an operation that the table does not have. */
  static final Rule UNKNOWN = new Rule(null, null, Set.of(), n -> "");

  static Rule of(Function<Step, List<Value>> gradient) {
    return new Rule(gradient, null, Set.of(), n -> null);
  }

  Rule outputs(Integer... indices) {
    return new Rule(gradient, Set.of(indices), flat, check);
  }

  Rule flat(Integer... indices) {
    return new Rule(gradient, outputs, Set.of(indices), check);
  }

  Rule check(Function<Node, String> reason) {
    return new Rule(gradient, outputs, flat, reason);
  }

  boolean hasGradientOf(int output) {
    return outputs == null || outputs.contains(output);
  }

  boolean hasGradientBy(int input) {
    return !flat.contains(input);
  }

  String refusal(Node node) {
    return check.apply(node);
  }
}

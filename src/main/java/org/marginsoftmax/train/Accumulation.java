package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Constants;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * Gradients summed over the batches of a step. The first batch sets the sums, so they need no
 * initial value, and no checkpoint has them: one is written between steps.
 *
 * @param own gradients of the current batch
 * @param sums of those of the batches before, in the same order; empty if a step has one batch
 * @param means over the batches of the step, the current one included, which must be the last
 */
record Accumulation(List<Gradient> own, List<Variable> sums, List<Gradient> means) {

  static Accumulation of(Ops tf, List<Gradient> own, int batches) {
    if (batches == 1) {
      return new Accumulation(own, List.of(), own);
    }
    Variables variables = new Variables(tf, 0);
    List<Variable> sums = new ArrayList<>();
    List<Gradient> means = new ArrayList<>();
    for (Gradient gradient : own) {
      Ops there = gradient.variable().on(tf);
      Variable sum =
          variables.near(
              gradient.variable(),
              "sum/" + gradient.variable().name(),
              gradient.value().shape(),
              Variable.Role.SLOT,
              Initializer.constant(0));
      sums.add(sum);
      means.add(
          gradient.with(
              there.math.mul(
                  there.math.add(sum.value(), gradient.value()),
                  Constants.of(there, 1f / batches))));
    }
    return new Accumulation(own, sums, means);
  }

  /** Sets the sums to the gradients of the current batch. */
  List<Op> begin(Ops after) {
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < sums.size(); i++) {
      ops.add(sums.get(i).assign(sums.get(i).on(after), own.get(i).value()));
    }
    return ops;
  }

  /** Adds the gradients of the current batch to the sums. */
  List<Op> add(Ops after) {
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < sums.size(); i++) {
      Variable sum = sums.get(i);
      ops.add(sum.on(after).assignAddVariableOp(sum.handle(), own.get(i).value()));
    }
    return ops;
  }
}

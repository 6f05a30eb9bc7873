package org.marginsoftmax.margin;

import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/** The pieces that target logits are made of. */
final class TargetLogits {
  private TargetLogits() {}

  /** cos(angle), with -sin(angle) as its slope in the angle. */
  static TargetLogit cosine(Ops tf, Operand<TFloat64> angle) {
    return new TargetLogit(tf.math.cos(angle), tf.math.neg(tf.math.sin(angle)));
  }

  /** weight * a + (1 - weight) * b. */
  static TargetLogit blend(Ops tf, Operand<TFloat64> weight, TargetLogit a, TargetLogit b) {
    Operand<TFloat64> rest = tf.math.sub(tf.constant(1.0), weight);
    return new TargetLogit(
        tf.math.add(tf.math.mul(weight, a.value()), tf.math.mul(rest, b.value())),
        tf.math.add(tf.math.mul(weight, a.slope()), tf.math.mul(rest, b.slope())));
  }

  static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new InvalidInputException(
          "margin: expected " + expected + ", found " + found + "; choose one in that range");
    }
  }
}

package org.marginsoftmax.train;

import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The gradient of the loss with respect to a variable, or to some of its rows.
 *
 * @param variable the variable
 * @param value d loss / d variable, of the shape of the variable, or of the rows
 * @param sampled rows of the variable that it is for; null for all
 */
public record Gradient(Variable variable, Operand<TFloat32> value, SampledRows sampled) {
  /** The gradient with respect to all of a variable. */
  public Gradient(Variable variable, Operand<TFloat32> value) {
    this(variable, value, null);
  }

  /** Another gradient with respect to the same. */
  Gradient with(Operand<TFloat32> other) {
    return new Gradient(variable, other, sampled);
  }
}

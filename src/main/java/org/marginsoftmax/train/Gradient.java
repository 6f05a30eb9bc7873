package org.marginsoftmax.train;

import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The gradient of the loss with respect to a variable.
 *
 * @param variable the variable
 * @param value d loss / d variable, of the shape of the variable
 */
public record Gradient(Variable variable, Operand<TFloat32> value) {}

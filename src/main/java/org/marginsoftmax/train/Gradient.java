package org.marginsoftmax.train;

import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * d loss / d variable.
 *
 * @param variable what it belongs to
 * @param value of the variable's shape
 */
public record Gradient(Variable variable, Operand<TFloat32> value) {}

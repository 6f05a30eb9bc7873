package org.marginsoftmax.train;

import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Some rows of a variable, the only ones that a step has.
 *
 * @param rows int32 [S], each once
 * @param values the rows as the step sees them, float32 [S, D]
 * @param idle what became of them since a step last had them; null if nothing did
 */
record SampledRows(Operand<TInt32> rows, Operand<TFloat32> values, IdleRows idle) {
  static SampledRows of(Ops tf, Variable whole, Operand<TInt32> rows, IdleRows idle) {
    Operand<TFloat32> stored = whole.gather(tf, rows);
    return new SampledRows(rows, idle == null ? stored : idle.variable(tf, stored, rows), idle);
  }
}

package org.marginsoftmax.margin;

import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * What a margin is computed from, one entry per sample of the batch.
 *
 * @param angle theta between each feature and the center of its label, radians, float64 [N], 0..pi
 * @param cosine cosine of that angle, float64 [N]
 * @param norm norm of each feature, float64 [N]
 * @param labels classes, int32 [N], 0..C-1
 * @param strength share of the margin that acts, float64 scalar in 0..1
 * @param draws standard normal numbers, float64 [N]; null where the margin needs none
 * @param state state that the margin carries from step to step, by name, at this step
 */
public record MarginInput(
    Operand<TFloat64> angle,
    Operand<TFloat64> cosine,
    Operand<TFloat64> norm,
    Operand<TInt32> labels,
    Operand<TFloat64> strength,
    Operand<TFloat64> draws,
    Map<String, Operand<TFloat64>> state) {

  /** The same batch with another state. */
  public MarginInput withState(Map<String, Operand<TFloat64>> state) {
    return new MarginInput(angle, cosine, norm, labels, strength, draws, state);
  }
}

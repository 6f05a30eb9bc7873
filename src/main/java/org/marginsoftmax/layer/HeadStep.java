package org.marginsoftmax.layer;

import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * What a head needs at a step besides its batch.
 *
 * @param marginStrength share of the margin that acts, float64 [] in 0..1
 * @param scaleShare share of the scale s that acts, float64 [], above 0, up to 1
 * @param draws standard normal numbers, float64 [N]; may be null if {@link Head#draws} is false
 * @param state state of the head after the previous step, by name, float32 []
 * @param parameters trainable parameters of the head, by name, float32 []
 */
public record HeadStep(
    Operand<TFloat64> marginStrength,
    Operand<TFloat64> scaleShare,
    Operand<TFloat64> draws,
    Map<String, Operand<TFloat32>> state,
    Map<String, Operand<TFloat32>> parameters) {

  /** The same step with this margin strength. */
  public HeadStep withStrength(Operand<TFloat64> strength) {
    return new HeadStep(strength, scaleShare, draws, state, parameters);
  }

  /** The same step with this share of the scale. */
  public HeadStep withScaleShare(Operand<TFloat64> share) {
    return new HeadStep(marginStrength, share, draws, state, parameters);
  }

  /** The same step with these draws. */
  public HeadStep withDraws(Operand<TFloat64> draws) {
    return new HeadStep(marginStrength, scaleShare, draws, state, parameters);
  }
}

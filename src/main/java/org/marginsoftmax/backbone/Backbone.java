package org.marginsoftmax.backbone;

import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** What turns images into features. */
@FunctionalInterface
public interface Backbone {
  /**
   * Builds the backbone from the given layers. It is called once for training and once for scoring;
   * layers of the same name share their variables.
   *
   * @param images float32 [N, H, W, channels], scaled by {@link #pixels}, H, W and channels known
   * @return features, float32 [N, D], D known
   */
  Operand<TFloat32> features(Layers layers, Operand<TFloat32> images);

  /** Share of the learning rate at which one of its variables moves; all of it by default. */
  default double rate(Variable variable) {
    return 1;
  }

  /** What it wants pixels to be; 0..1 unless it says otherwise. */
  default PixelScaling pixels() {
    return PixelScaling.UNIT;
  }
}

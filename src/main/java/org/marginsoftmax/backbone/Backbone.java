package org.marginsoftmax.backbone;

import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** What turns images into features. */
@FunctionalInterface
public interface Backbone {
  /**
   * Builds the backbone from the given layers. It is called once for training and once for scoring;
   * layers of the same name share their variables.
   *
   * @param images float32 [N, H, W, channels], scaled to 0..1, H, W and channels known
   * @return features, float32 [N, D], D known
   */
  Operand<TFloat32> features(Layers layers, Operand<TFloat32> images);
}

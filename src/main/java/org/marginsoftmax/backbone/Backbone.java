package org.marginsoftmax.backbone;

import java.util.Set;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** What turns images, or other samples, into features. */
@FunctionalInterface
public interface Backbone {
  /**
   * Builds the backbone from the given layers. It is called once for training and once for scoring;
   * layers of the same name share their variables.
   *
   * @param samples float32 [N, H, W, channels] of images, scaled by {@link #pixels}; float32 [N,
   *     ...] of arrays, as they are; all sizes but N known
   * @return features, float32 [N, D], D known
   */
  Operand<TFloat32> features(Layers layers, Operand<TFloat32> samples);

  /**
   * Numbers of dimensions that a sample may have, N not counted: 3 for images [H, W, channels],
   * which is what it takes unless it says otherwise; 2 for arrays [T, F], 1 for [D].
   */
  default Set<Integer> ranks() {
    return Set.of(3);
  }

  /** Share of the learning rate at which one of its variables moves; all of it by default. */
  default double rate(Variable variable) {
    return 1;
  }

  /** What it wants pixels to be; 0..1 unless it says otherwise. */
  default PixelScaling pixels() {
    return PixelScaling.UNIT;
  }
}

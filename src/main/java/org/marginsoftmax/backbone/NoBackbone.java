package org.marginsoftmax.backbone;

import java.util.Set;
import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** No backbone: the samples are precomputed features [N, D], and only the head is trained. */
public record NoBackbone() implements Backbone {
  /** The name on the command line, {@code --backbone none}. */
  public static final String NAME = "none";

  @Override
  public Set<Integer> ranks() {
    return Set.of(1);
  }

  @Override
  public Operand<TFloat32> features(Layers layers, Operand<TFloat32> features) {
    return features;
  }
}

package org.marginsoftmax.backbone;

import java.util.Set;
import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** None: the samples are features [N, D] that somebody else computed, and the head is trained. */
public record NoBackbone() implements Backbone {
  /** What {@code --backbone} calls it. */
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

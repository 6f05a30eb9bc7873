package org.marginsoftmax.backbone;

import java.util.List;
import java.util.Set;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
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

  /** There is nothing to compute on the way through a worker. */
  @Override
  public boolean divides() {
    return false;
  }

  /** Its entry in the catalogue. */
  static final class Type implements BackboneType {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String when() {
      return "features that another network made: only the head is trained";
    }

    @Override
    public List<Option<?>> options() {
      return List.of();
    }

    @Override
    public List<Integer> smallest() {
      return List.of(1);
    }

    @Override
    public Backbone backbone(OptionValues values) {
      return new NoBackbone();
    }
  }
}

package org.marginsoftmax.backbone;

import java.util.Set;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A network that turns images, or other samples, into features. */
@FunctionalInterface
public interface Backbone {
  /**
   * Builds the backbone from the given layers. It is called once for training, over a cluster once
   * for each worker that has a part of the batch, and once for scoring; layers with the same name
   * share their variables.
   *
   * <p>A run may train in bfloat16. What comes from {@link Layers} then takes its matrix products
   * and convolutions of rounded numbers, and needs nothing of the backbone; an operation of {@link
   * Layers#tf} stays float32, unless {@link Layers#product} or {@link Layers#convolution} is called
   * in its place. Samples, features and variables are float32 either way.
   *
   * @param samples images, float32 [N, H, W, channels], scaled by {@link #pixels}; or arrays,
   *     float32 [N, ...], unchanged; all sizes but N are known
   * @return features, float32 [N, D] with D known
   */
  Operand<TFloat32> features(Layers layers, Operand<TFloat32> samples);

  /**
   * The ranks that a sample may have, N not counted: 3 for images [H, W, channels], which is the
   * default; 2 for arrays [T, F]; 1 for [D].
   */
  default Set<Integer> ranks() {
    return Set.of(3);
  }

  /** The factor on the learning rate for one of the backbone's variables; 1 by default. */
  default double rate(Variable variable) {
    return 1;
  }

  /**
   * The number of steps of a run before one of the backbone's variables is trained; 0 by default.
   */
  default long trainedFrom(Variable variable) {
    return 0;
  }

  /**
   * Whether a batch can be divided among the workers of a cluster: whether the features of a sample
   * depend on the others of the batch by {@link Layers#batchNorm} alone; true by default. If not,
   * the chief computes all features.
   */
  default boolean divides() {
    return true;
  }

  /**
   * What becomes of pixels before the backbone sees them, unless a run asks for something else;
   * 0..1 by default.
   */
  default PixelScaling pixels() {
    return PixelScaling.UNIT;
  }
}

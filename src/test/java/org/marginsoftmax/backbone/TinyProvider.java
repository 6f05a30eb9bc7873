package org.marginsoftmax.backbone;

import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A backbone as a user's jar has it: one convolution, an activation of TensorFlow's own. */
public final class TinyProvider implements BackboneProvider {
  /** How many filters it has; a run keeps those that it was trained with. */
  public static int filters = 8;

  @Override
  public String name() {
    return "tiny-net";
  }

  @Override
  public Backbone backbone(int embedding) {
    return (layers, images) -> {
      Operand<TFloat32> x = layers.batchNorm("norm", layers.conv2d("conv", images, filters, 3));
      return layers.dense("embedding", layers.flatten(leaky(layers, x)), embedding);
    };
  }

  private static Operand<TFloat32> leaky(Layers layers, Operand<TFloat32> x) {
    return layers.maxPool(layers.tf().nn.leakyRelu(x));
  }
}

package consumer;

import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.BackboneProvider;
import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Your own backbone: two convolutions, for small images. */
public final class TinyNet implements BackboneProvider {
  @Override
  public String name() {
    return "tiny-net";
  }

  @Override
  public Backbone backbone(int embedding) {
    return (layers, images) -> {
      Operand<TFloat32> x = layers.maxPool(block(layers, "conv1", images, 16));
      x = layers.maxPool(block(layers, "conv2", x, 32));
      return layers.batchNorm(
          "embedding/norm", layers.dense("embedding", layers.flatten(x), embedding));
    };
  }

  /** What Layers lacks comes from TensorFlow's own operations, here leaky ReLU. */
  private static Operand<TFloat32> block(
      Layers layers, String name, Operand<TFloat32> x, int filters) {
    Operand<TFloat32> convolved = layers.conv2d(name, x, filters, 3);
    return layers.tf().nn.leakyRelu(layers.batchNorm(name + "/norm", convolved));
  }
}

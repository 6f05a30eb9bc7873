package org.marginsoftmax.backbone;

import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * A small residual network of {@link Layers}: a stem, two blocks of stride 2 with shortcuts of 1 x
 * 1, the mean over all pixels. Smooth, so that its gradients can be held against differences.
 */
public final class ResidualProvider implements BackboneProvider {
  /** Of the stem; twice as many behind the first block. */
  public static int channels = 4;

  @Override
  public String name() {
    return "residual-net";
  }

  @Override
  public Backbone backbone(int embedding) {
    return (layers, images) -> {
      Operand<TFloat32> x = smooth(layers, convolved(layers, "stem", images, channels, 3, 1));
      x = block(layers, "block1", x, 2 * channels);
      x = block(layers, "block2", x, 2 * channels);
      return layers.dense(
          "embedding", layers.tf().math.mean(x, layers.tf().array(1, 2)), embedding);
    };
  }

  private static Operand<TFloat32> block(
      Layers layers, String name, Operand<TFloat32> x, int filters) {
    Operand<TFloat32> y = smooth(layers, convolved(layers, name + "/a", x, filters, 3, 2));
    y = convolved(layers, name + "/b", y, filters, 3, 1);
    Operand<TFloat32> shortcut = convolved(layers, name + "/shortcut", x, filters, 1, 2);
    return smooth(layers, layers.tf().math.add(y, shortcut));
  }

  private static Operand<TFloat32> convolved(
      Layers layers, String name, Operand<TFloat32> x, int filters, int size, int stride) {
    return layers.batchNorm(name + "/norm", layers.conv2d(name, x, filters, size, stride));
  }

  private static Operand<TFloat32> smooth(Layers layers, Operand<TFloat32> x) {
    return layers.tf().nn.elu(x);
  }
}

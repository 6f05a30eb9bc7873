package org.marginsoftmax.backbone;

import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * A convolutional network for small images, such as 28 x 28: four 3 x 3 convolutions with 32, 32,
 * 64 and 64 filters, each with batch norm and ReLU, with max pooling after the second and the
 * fourth; then a dense layer to the embedding with batch norm.
 *
 * @param embedding D, the size of the features, 2..4096
 */
public record SmallCnn(int embedding) implements Backbone {
  /** The name on the command line, {@code --backbone small-cnn}. */
  public static final String NAME = "small-cnn";

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public SmallCnn {
    if (embedding < 2 || embedding > 4096) {
      throw new InvalidInputException(
          "embedding: expected a size in 2..4096, found " + embedding + "; 128 suits most sets");
    }
  }

  @Override
  public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
    if (images.shape().get(1) < 4 || images.shape().get(2) < 4) {
      throw new InvalidInputException(
          "small-cnn: expected images of at least 4 x 4, found %d x %d; use larger images"
              .formatted(images.shape().get(1), images.shape().get(2)));
    }
    Operand<TFloat32> x = layers.relu(block(layers, "conv1", images, 32));
    x = layers.relu(layers.maxPool(block(layers, "conv2", x, 32)));
    x = layers.relu(block(layers, "conv3", x, 64));
    x = layers.relu(layers.maxPool(block(layers, "conv4", x, 64)));
    return layers.batchNorm(
        "embedding/norm", layers.dense("embedding", layers.flatten(x), embedding));
  }

  /**
   * Convolution and batch norm; the caller applies ReLU, which after pooling gives the same result
   * on a quarter of the numbers.
   */
  private static Operand<TFloat32> block(
      Layers layers, String name, Operand<TFloat32> x, int filters) {
    return layers.batchNorm(name + "/norm", layers.conv2d(name, x, filters, 3));
  }
}

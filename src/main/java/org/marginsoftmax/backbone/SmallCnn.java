package org.marginsoftmax.backbone;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
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

  private static final List<Integer> SMALLEST = List.of(4, 4, 1);

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public SmallCnn {
    CommonOptions.EMBEDDING.read(embedding, NAME);
  }

  @Override
  public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
    SmallestSample.require(NAME, SMALLEST, images);
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

  /** Its entry in the catalogue. */
  static final class Type implements BackboneType {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String when() {
      return "images up to about 32 x 32, a first try on a CPU";
    }

    @Override
    public List<Option<?>> options() {
      return List.of(CommonOptions.EMBEDDING);
    }

    @Override
    public List<Integer> smallest() {
      return SMALLEST;
    }

    @Override
    public Backbone backbone(OptionValues values) {
      return new SmallCnn(values.get(CommonOptions.EMBEDDING));
    }
  }
}

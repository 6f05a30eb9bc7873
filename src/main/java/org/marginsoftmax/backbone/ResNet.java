package org.marginsoftmax.backbone;

import java.util.List;
import org.marginsoftmax.layer.BatchNorm;
import org.marginsoftmax.layer.Convolutions;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * ResNet-18 and ResNet-50 (He 2015, arXiv:1512.03385, table 1), as torchvision has them: the stride
 * of a bottleneck is that of its 3 x 3 convolution, and the last dense layer, with bias, gives the
 * features. For small images the first layer may be a 3 x 3 convolution without pooling, as in
 * section 4.2 of the paper. Pixels are scaled to 0..1.
 */
final class ResNet implements BackboneType {
  /** The first layers. */
  enum Stem {
    /** 7 x 7 with stride 2, and max pooling: a quarter of the size. */
    IMAGENET,
    /** 3 x 3 with stride 1. */
    SMALL
  }

  private static final Option<Stem> STEM =
      Option.choice(
          "stem",
          "KIND",
          List.of(Stem.values()),
          Stem.IMAGENET,
          "first layers of resnet: imagenet, which quarters height and width, or small, a 3 x 3"
              + " convolution for images below some 64 x 64");

  private static final Option<Integer> EMBEDDING = CommonOptions.EMBEDDING.usually(512);
  private static final List<Integer> SMALLEST = List.of(16, 16, 1);
  private static final int[] FILTERS = {64, 128, 256, 512};

  private final int depth;
  private final List<Integer> blocks;
  private final boolean bottleneck;
  private final String when;

  private ResNet(int depth, List<Integer> blocks, boolean bottleneck, String when) {
    this.depth = depth;
    this.blocks = blocks;
    this.bottleneck = bottleneck;
    this.when = when;
  }

  /** Those with 18 and 50 layers. */
  static List<BackboneType> all() {
    return List.of(
        new ResNet(
            18, List.of(2, 2, 2, 2), false, "images of objects, with `stem` small from 28 x 28 on"),
        new ResNet(50, List.of(3, 4, 6, 3), true, "images of objects of 224 x 224, on a GPU"));
  }

  @Override
  public String name() {
    return "resnet-" + depth;
  }

  @Override
  public String title() {
    return "ResNet-" + depth;
  }

  @Override
  public String source() {
    return "He 2015, arXiv:1512.03385; torchvision, resnet.py";
  }

  @Override
  public String when() {
    return when;
  }

  @Override
  public List<Option<?>> options() {
    return List.of(EMBEDDING, STEM);
  }

  @Override
  public List<Integer> smallest() {
    return SMALLEST;
  }

  @Override
  public Backbone backbone(OptionValues values) {
    return new Layered(name(), blocks, bottleneck, values.get(EMBEDDING), values.get(STEM));
  }

  private record Layered(
      String name, List<Integer> blocks, boolean bottleneck, int embedding, Stem stem)
      implements Backbone {
    @Override
    public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
      SmallestSample.require(name, SMALLEST, images);
      boolean small = stem == Stem.SMALL;
      Operand<TFloat32> x =
          layers.relu(convolution(layers, "stem", images, 64, small ? 3 : 7, small ? 1 : 2));
      if (!small) {
        x = Convolutions.maxPool(layers, x, 3, 2);
      }
      for (int stage = 0; stage < FILTERS.length; stage++) {
        for (int block = 0; block < blocks.get(stage); block++) {
          String each = "stage%d/block%d".formatted(stage + 1, block + 1);
          x = block(layers, each, x, FILTERS[stage], stage > 0 && block == 0 ? 2 : 1);
        }
      }
      Operand<TFloat32> mean = layers.tf().math.mean(x, layers.tf().array(1, 2));
      return layers.linear("embedding", mean, embedding);
    }

    private Operand<TFloat32> block(
        Layers layers, String name, Operand<TFloat32> x, int filters, int stride) {
      int outer = bottleneck ? 4 * filters : filters;
      Operand<TFloat32> y;
      if (bottleneck) {
        y = layers.relu(convolution(layers, name + "/conv1", x, filters, 1, 1));
        y = layers.relu(convolution(layers, name + "/conv2", y, filters, 3, stride));
        y = convolution(layers, name + "/conv3", y, outer, 1, 1);
      } else {
        y = layers.relu(convolution(layers, name + "/conv1", x, filters, 3, stride));
        y = convolution(layers, name + "/conv2", y, outer, 3, 1);
      }
      boolean same = stride == 1 && x.shape().get(3) == outer;
      Operand<TFloat32> shortcut =
          same ? x : convolution(layers, name + "/shortcut", x, outer, 1, stride);
      return layers.relu(layers.tf().math.add(y, shortcut));
    }

    private static Operand<TFloat32> convolution(
        Layers layers, String name, Operand<TFloat32> x, int filters, int size, int stride) {
      Initializer kernel = Initializer.kaimingNormal((long) size * size * filters);
      return layers.batchNorm(
          name + "/norm",
          Convolutions.conv2d(layers, name, x, filters, size, stride, kernel),
          BatchNorm.TORCH);
    }
  }
}

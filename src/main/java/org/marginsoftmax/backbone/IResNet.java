package org.marginsoftmax.backbone;

import java.util.List;
import org.marginsoftmax.layer.BatchNorm;
import org.marginsoftmax.layer.Convolutions;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The residual networks published with ArcFace (Deng 2018, arXiv:1801.07698, section 3.1;
 * iresnet.py of insightface's arcface_torch): blocks of BN, convolution, BN, PReLU, convolution,
 * BN; the first layer keeps the size of the images; the features are a dense layer on all pixels of
 * the last stage, with batch norm whose scale stays 1. Pixels are scaled to -1..1.
 */
final class IResNet implements BackboneType {
  static final Option<Double> DROPOUT =
      Option.real(
          "dropout_rate",
          "RATE",
          "a probability",
          Range.below(0, 1),
          0.0,
          "probability with which dropout before the embedding sets a number to 0");

  private static final Option<Integer> EMBEDDING = CommonOptions.EMBEDDING.usually(512);
  private static final int[] FILTERS = {64, 128, 256, 512};
  private static final List<Integer> SMALLEST = List.of(16, 16, 1);
  private static final Initializer KERNEL = Initializer.normal(0.1);

  private final int depth;
  private final List<Integer> blocks;
  private final String when;

  private IResNet(int depth, List<Integer> blocks, String when) {
    this.depth = depth;
    this.blocks = blocks;
    this.when = when;
  }

  /** Those with 18, 34, 50 and 100 layers. */
  static List<BackboneType> all() {
    return List.of(
        new IResNet(18, List.of(2, 2, 2, 2), "faces 112 x 112, on a CPU or with few identities"),
        new IResNet(34, List.of(3, 4, 6, 3), "faces, between the two"),
        new IResNet(50, List.of(3, 4, 14, 3), "faces 112 x 112 on a GPU: the usual choice"),
        new IResNet(100, List.of(3, 13, 30, 3), "faces, the most accurate of the papers"));
  }

  @Override
  public String name() {
    return "iresnet-" + depth;
  }

  @Override
  public String title() {
    return "IResNet-" + depth;
  }

  @Override
  public String source() {
    return "Deng 2018, arXiv:1801.07698; insightface arcface_torch, iresnet.py";
  }

  @Override
  public String when() {
    return when;
  }

  @Override
  public List<Option<?>> options() {
    return List.of(EMBEDDING, DROPOUT);
  }

  @Override
  public List<Integer> smallest() {
    return SMALLEST;
  }

  @Override
  public Backbone backbone(OptionValues values) {
    return new Layered(name(), blocks, values.get(EMBEDDING), values.get(DROPOUT));
  }

  private record Layered(String name, List<Integer> blocks, int embedding, double dropout)
      implements Backbone {
    @Override
    public PixelScaling pixels() {
      return PixelScaling.SIGNED;
    }

    @Override
    public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
      SmallestSample.require(name, SMALLEST, images);
      Operand<TFloat32> x = Convolutions.conv2d(layers, "stem", images, 64, 3, 1, KERNEL);
      x = layers.prelu("stem", norm(layers, "stem/norm", x));
      for (int stage = 0; stage < FILTERS.length; stage++) {
        for (int block = 0; block < blocks.get(stage); block++) {
          String each = "stage%d/block%d".formatted(stage + 1, block + 1);
          x = block(layers, each, x, FILTERS[stage], block == 0 ? 2 : 1);
        }
      }
      x = layers.flatten(norm(layers, "last/norm", x));
      x = layers.linear("embedding", layers.dropout("dropout", x, dropout), embedding);
      return layers.batchNorm("embedding/norm", x, BatchNorm.TORCH.with(BatchNorm.Affine.OFFSET));
    }

    private static Operand<TFloat32> block(
        Layers layers, String name, Operand<TFloat32> x, int filters, int stride) {
      Operand<TFloat32> y = norm(layers, name + "/norm1", x);
      y = Convolutions.conv2d(layers, name + "/conv1", y, filters, 3, 1, KERNEL);
      y = layers.prelu(name + "/prelu", norm(layers, name + "/norm2", y));
      y = Convolutions.conv2d(layers, name + "/conv2", y, filters, 3, stride, KERNEL);
      y = norm(layers, name + "/norm3", y);
      Operand<TFloat32> shortcut = x;
      if (stride > 1) {
        shortcut = Convolutions.conv2d(layers, name + "/shortcut", x, filters, 1, stride, KERNEL);
        shortcut = norm(layers, name + "/shortcut/norm", shortcut);
      }
      return layers.tf().math.add(y, shortcut);
    }

    private static Operand<TFloat32> norm(Layers layers, String name, Operand<TFloat32> x) {
      return layers.batchNorm(name, x, BatchNorm.TORCH);
    }
  }
}

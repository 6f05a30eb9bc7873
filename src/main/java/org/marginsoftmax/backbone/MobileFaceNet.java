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
 * MobileFaceNet (Chen 2018, arXiv:1804.07573, table 1; mobilefacenet.py of insightface's
 * arcface_torch): inverted bottlenecks with PReLU, and a global depthwise convolution in place of
 * average pooling. Width 1 is the paper's network, width 2 the {@code mbf} of insightface. Pixels
 * are scaled to -1..1.
 */
final class MobileFaceNet implements BackboneType {
  private static final Option<Integer> WIDTH =
      Option.whole(
          "width",
          "W",
          "a factor",
          Range.of(1, 4),
          1,
          "of mobilefacenet: factor of the channels between its blocks; insightface's mbf has 2");

  private static final List<Integer> SMALLEST = List.of(16, 16, 1);

  @Override
  public String name() {
    return "mobilefacenet";
  }

  @Override
  public String title() {
    return "MobileFaceNet";
  }

  @Override
  public String source() {
    return "Chen 2018, arXiv:1804.07573; insightface arcface_torch, mobilefacenet.py";
  }

  @Override
  public String when() {
    return "faces on a CPU or a phone: 28 times cheaper than IResNet-50";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(CommonOptions.EMBEDDING, WIDTH);
  }

  @Override
  public List<Integer> smallest() {
    return SMALLEST;
  }

  @Override
  public Backbone backbone(OptionValues values) {
    return new Layered(values.get(CommonOptions.EMBEDDING), values.get(WIDTH));
  }

  private record Layered(int embedding, int width) implements Backbone {
    @Override
    public PixelScaling pixels() {
      return PixelScaling.SIGNED;
    }

    @Override
    public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
      SmallestSample.require("mobilefacenet", SMALLEST, images);
      int narrow = 64 * width;
      int wide = 128 * width;
      Operand<TFloat32> x = convolution(layers, "stem", images, narrow, 3, 2);
      // In 64 groups, which is a depthwise convolution for width 1 only.
      x =
          active(
              layers,
              "stem2",
              Convolutions.grouped(layers, "stem2", x, narrow, 3, 64, kernel(9 * narrow)));
      x = bottleneck(layers, "stage1/block1", x, 128, narrow, 2);
      x = residual(layers, "stage1", x, 4, 128);
      x = bottleneck(layers, "stage2/block1", x, 256, wide, 2);
      x = residual(layers, "stage2", x, 6, 256);
      x = bottleneck(layers, "stage3/block1", x, 512, wide, 2);
      x = residual(layers, "stage3", x, 2, 256);
      x = convolution(layers, "last", x, 512, 1, 1);
      long pixels = x.shape().get(1) * x.shape().get(2);
      x = Convolutions.global(layers, "gdc", x, kernel(pixels * 512));
      x = layers.flatten(norm(layers, "gdc", x));
      return norm(layers, "embedding", layers.dense("embedding", x, embedding, kernel(embedding)));
    }

    /** Blocks that keep the size of the images, from the second of a stage on. */
    private static Operand<TFloat32> residual(
        Layers layers, String stage, Operand<TFloat32> x, int blocks, int inner) {
      for (int block = 2; block <= blocks + 1; block++) {
        int channels = (int) x.shape().get(3);
        x =
            layers
                .tf()
                .math
                .add(bottleneck(layers, stage + "/block" + block, x, inner, channels, 1), x);
      }
      return x;
    }

    private static Operand<TFloat32> bottleneck(
        Layers layers, String name, Operand<TFloat32> x, int inner, int outer, int stride) {
      x = convolution(layers, name + "/wide", x, inner, 1, 1);
      x =
          active(
              layers,
              name + "/depthwise",
              Convolutions.depthwise(layers, name + "/depthwise", x, 3, stride, kernel(9 * inner)));
      x = Convolutions.conv2d(layers, name + "/narrow", x, outer, 1, 1, kernel(outer));
      return norm(layers, name + "/narrow", x);
    }

    private static Operand<TFloat32> convolution(
        Layers layers, String name, Operand<TFloat32> x, int filters, int size, int stride) {
      return active(
          layers,
          name,
          Convolutions.conv2d(
              layers, name, x, filters, size, stride, kernel((long) size * size * filters)));
    }

    private static Operand<TFloat32> active(Layers layers, String name, Operand<TFloat32> x) {
      return layers.prelu(name, norm(layers, name, x));
    }

    private static Operand<TFloat32> norm(Layers layers, String name, Operand<TFloat32> x) {
      return layers.batchNorm(name + "/norm", x, BatchNorm.TORCH);
    }

    private static Initializer kernel(long fanOut) {
      return Initializer.kaimingNormal(fanOut);
    }
  }
}

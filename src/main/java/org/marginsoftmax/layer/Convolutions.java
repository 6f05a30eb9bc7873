package org.marginsoftmax.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Convolutions of images as PyTorch's networks have them: as many zeros before as behind, whatever
 * the stride, where TensorFlow's SAME puts more behind. Images are NHWC, and there is no bias.
 */
public final class Convolutions {
  private Convolutions() {}

  /**
   * A convolution with size / 2 zeros on every side.
   *
   * @param x float32 [N, H, W, in]
   * @param size height and width of the kernel, odd
   * @param stride stride along both axes
   * @param kernel initial values of the kernel [size, size, in, filters]
   * @return float32 [N, H / stride, W / stride, filters], rounded up
   */
  public static Operand<TFloat32> conv2d(
      Layers layers,
      String name,
      Operand<TFloat32> x,
      int filters,
      int size,
      int stride,
      Initializer kernel) {
    Operand<TFloat32> weights =
        layers
            .variable(
                name + "/kernel",
                Shape.of(size, size, x.shape().get(3), filters),
                Variable.Role.KERNEL,
                kernel)
            .value();
    if (stride == 1) {
      return layers.convolution(x, weights, 1, 1, "SAME");
    }
    return ValidConvolution.of(
        layers.tf(), layers.precision(), around(layers, x, size), weights, stride);
  }

  /**
   * A convolution of each channel by itself, with size / 2 zeros on every side.
   *
   * @param x float32 [N, H, W, C]
   * @param size height and width of the kernel, odd
   * @param stride stride along both axes
   * @param kernel initial values of the kernel [size, size, C, 1]
   * @return float32 [N, H / stride, W / stride, C], rounded up
   */
  public static Operand<TFloat32> depthwise(
      Layers layers, String name, Operand<TFloat32> x, int size, int stride, Initializer kernel) {
    return depthwise(layers, name, around(layers, x, size), size, size, 1, stride, kernel);
  }

  /**
   * A weighted sum over all pixels, with weights for each channel: a depthwise convolution whose
   * kernel is as large as the images.
   *
   * @param x float32 [N, H, W, C]
   * @param kernel initial values of the kernel [H, W, C, 1]
   * @return float32 [N, 1, 1, C]
   */
  public static Operand<TFloat32> global(
      Layers layers, String name, Operand<TFloat32> x, Initializer kernel) {
    int height = (int) x.shape().get(1);
    int width = (int) x.shape().get(2);
    return depthwise(layers, name, x, height, width, 1, 1, kernel);
  }

  /**
   * A convolution in groups of channels, with size / 2 zeros on every side and stride 1. It is
   * written as a depthwise one, summed over the channels of each group, since TensorFlow has no
   * grouped convolution on a CPU.
   *
   * @param x float32 [N, H, W, in]
   * @param filters of all groups together
   * @param size height and width of the kernel, odd
   * @param groups number of groups, which divides both in and filters
   * @param kernel initial values of the kernel [size, size, in, filters / groups]
   * @return float32 [N, H, W, filters]
   */
  public static Operand<TFloat32> grouped(
      Layers layers,
      String name,
      Operand<TFloat32> x,
      int filters,
      int size,
      int groups,
      Initializer kernel) {
    int own = filters / groups;
    Ops tf = layers.tf();
    Operand<TFloat32> products =
        depthwise(layers, name, around(layers, x, size), size, size, own, 1, kernel);
    long members = x.shape().get(3) / groups;
    if (members == 1) {
      return products;
    }
    Operand<TFloat32> sums =
        tf.reduceSum(tf.reshape(products, tf.array(-1L, members, (long) own)), tf.constant(1));
    return tf.reshape(sums, tf.array(-1L, x.shape().get(1), x.shape().get(2), (long) filters));
  }

  private static Operand<TFloat32> depthwise(
      Layers layers,
      String name,
      Operand<TFloat32> padded,
      int height,
      int width,
      int multiplier,
      long stride,
      Initializer kernel) {
    Variable weights =
        layers.variable(
            name + "/kernel",
            Shape.of(height, width, padded.shape().get(3), multiplier),
            Variable.Role.KERNEL,
            kernel);
    return layers
        .tf()
        .nn
        .depthwiseConv2dNative(padded, weights.value(), List.of(1L, stride, stride, 1L), "VALID");
  }

  /**
   * Max pooling over size x size windows, with size / 2 zeros on every side: right behind a ReLU,
   * whose values are not below them.
   *
   * @param x float32 [N, H, W, C], not below 0
   * @return float32 [N, H / stride, W / stride, C], rounded up
   */
  public static Operand<TFloat32> maxPool(
      Layers layers, Operand<TFloat32> x, int size, int stride) {
    return layers.maxPool(around(layers, x, size), size, stride);
  }

  private static Operand<TFloat32> around(Layers layers, Operand<TFloat32> x, int size) {
    int zeros = size / 2;
    return zeros == 0 ? x : ValidConvolution.padded(layers.tf(), x, zeros, zeros, zeros, zeros);
  }
}

package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Layers over frames, float32 [N, T, C]: T frames of C numbers each. */
public final class Frames {
  private Frames() {}

  /**
   * A convolution along time without padding, and a bias. It is a matrix product with each frame
   * and those around it, side by side: TensorFlow has gradients of dilated convolutions in oneDNN
   * only. Initial values are PyTorch's, uniform in +-1/sqrt(size C).
   *
   * @param x float32 [N, T, C]
   * @param size number of frames that one output looks at
   * @param dilation distance between them
   * @return float32 [N, T - (size - 1) dilation, filters]
   */
  public static Operand<TFloat32> conv(
      Layers layers, String name, Operand<TFloat32> x, int filters, int size, int dilation) {
    Ops tf = layers.tf();
    long channels = x.shape().get(2);
    long inputs = size * channels;
    Initializer initial = Initializer.uniform(1 / Math.sqrt(inputs));
    Variable kernel =
        layers.variable(
            name + "/kernel", Shape.of(size, channels, filters), Variable.Role.KERNEL, initial);
    int frames = (int) x.shape().get(1) - (size - 1) * dilation;
    List<Operand<TFloat32>> looked = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      looked.add(
          size == 1 ? x : tf.slice(x, tf.array(0, i * dilation, 0), tf.array(-1, frames, -1)));
    }
    Operand<TFloat32> spliced = size == 1 ? x : tf.concat(looked, tf.constant(2));
    Operand<TFloat32> products =
        layers.product(
            tf.reshape(spliced, tf.array(-1L, inputs)),
            tf.reshape(kernel.value(), tf.array(inputs, (long) filters)));
    return tf.reshape(layers.bias(name, products, initial), tf.array(-1L, frames, (long) filters));
  }

  /** Frames with as many more before and behind, mirrored at the first and the last one. */
  public static Operand<TFloat32> mirrored(Layers layers, Operand<TFloat32> x, int more) {
    Ops tf = layers.tf();
    return more == 0
        ? x
        : tf.mirrorPad(x, tf.constant(new int[][] {{0, 0}, {more, more}, {0, 0}}), "REFLECT");
  }

  /** The mean over time, [N, 1, C]. */
  public static Operand<TFloat32> mean(Layers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    return tf.expandDims(tf.math.mean(x, tf.constant(1)), tf.constant(1));
  }

  /**
   * The weighted sum of squared differences to a mean, over time.
   *
   * @param mean float32 [N, 1, C]
   * @param weights float32 [N, T, C], or whatever broadcasts to it
   * @return float32 [N, 1, C]
   */
  public static Operand<TFloat32> variance(
      Layers layers, Operand<TFloat32> x, Operand<TFloat32> mean, Operand<TFloat32> weights) {
    Ops tf = layers.tf();
    return sum(layers, tf.math.mul(weights, tf.math.square(tf.math.sub(x, mean))));
  }

  /** The sum over time, [N, 1, C]. */
  public static Operand<TFloat32> sum(Layers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    return tf.expandDims(tf.reduceSum(x, tf.constant(1)), tf.constant(1));
  }

  /** Softmax along time, for each channel by itself. */
  public static Operand<TFloat32> softmax(Layers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TInt32> swapped = tf.array(0, 2, 1);
    return tf.linalg.transpose(tf.nn.softmax(tf.linalg.transpose(x, swapped)), swapped);
  }
}

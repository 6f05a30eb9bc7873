package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Convolutions without padding, written so that no kernel of oneDNN gets them wrong. */
final class ValidConvolution {
  private ValidConvolution() {}

  /**
   * A convolution.
   *
   * @param precision of the products
   * @param x float32 [N, H, W, in], padded
   * @param kernel float32 [h, w, in, filters]
   * @param stride along both axes
   */
  static Operand<TFloat32> of(
      Ops tf, Precision precision, Operand<TFloat32> x, Operand<TFloat32> kernel, int stride) {
    long size = kernel.shape().get(1);
    if (stride > 1 && size == 1 && kernel.shape().get(0) == 1) {
      // oneDNN's gradient of the strided one writes beyond the images.
      return Factor.convolved(tf, precision, pixels(tf, x, stride), kernel, 1, 1, "VALID");
    }
    long width = x.shape().get(2);
    if (stride > 1 && width > 0 && (width - size) / stride == 0) {
      // oneDNN's kernels read what nobody wrote where the output is one pixel wide under a stride.
      Operand<TFloat32> window =
          tf.slice(x, tf.array(0, 0, 0, 0), tf.array(-1, -1, (int) size, -1));
      return Factor.convolved(tf, precision, window, kernel, stride, 1, "VALID");
    }
    return Factor.convolved(tf, precision, x, kernel, stride, stride, "VALID");
  }

  /** Every stride-th row and column of images, from the first on. */
  static Operand<TFloat32> pixels(Ops tf, Operand<TFloat32> x, int stride) {
    Operand<TInt32> zeros = tf.array(0, 0, 0, 0);
    return tf.stridedSlice(
        x,
        zeros,
        zeros,
        tf.array(1, stride, stride, 1),
        StridedSlice.beginMask(0b1111L),
        StridedSlice.endMask(0b1111L));
  }

  /** Images with zeros around them. */
  static Operand<TFloat32> padded(
      Ops tf, Operand<TFloat32> x, int top, int bottom, int left, int right) {
    int[][] around = {{0, 0}, {top, bottom}, {left, right}, {0, 0}};
    return tf.pad(x, tf.constant(around), tf.constant(0f));
  }
}

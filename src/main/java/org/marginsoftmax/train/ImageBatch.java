package org.marginsoftmax.train;

import org.marginsoftmax.data.ImageShape;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TUint8;

/** Pixels on their way into a graph. */
final class ImageBatch {
  private ImageBatch() {}

  /** A tensor [n, H, W, channels] of n images; the caller closes it. */
  static TUint8 tensor(ImageShape shape, byte[] pixels, int n) {
    return TUint8.tensorOf(
        Shape.of(n, shape.height(), shape.width(), shape.channels()),
        DataBuffers.of(pixels, true, false));
  }
}

package org.marginsoftmax.train;

import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/** Samples as tensors: images as uint8, arrays as float32. */
public final class ElementTensor {
  private ElementTensor() {}

  /** The placeholder that samples are fed into, [N, ...]. */
  static Placeholder<? extends TNumber> placeholder(Ops tf, String name, ElementSpec element) {
    return tf.withName(name)
        .placeholder(type(element), Placeholder.shape(shape(Shape.UNKNOWN_SIZE, element)));
  }

  /**
   * A tensor of n samples; the caller closes it.
   *
   * @param bytes of the samples, one after the other
   */
  public static Tensor of(ElementSpec element, byte[] bytes, int n) {
    return Tensor.of(type(element), shape(n, element), DataBuffers.of(bytes, true, false));
  }

  /**
   * The samples that a worker has read, with the shape that they have, [n, ...].
   *
   * @param tf ops of the worker
   * @param trained number of batches trained on so far, int64 []
   */
  static Operand<? extends TNumber> read(
      Ops tf, SampleReaders readers, Operand<TInt64> trained, ElementSpec element) {
    return tf.ensureShape(
        readers.next(tf, trained, type(element)), shape(Shape.UNKNOWN_SIZE, element));
  }

  /** The type of the elements of samples. */
  public static Class<? extends TNumber> type(ElementSpec element) {
    return element instanceof ImageShape ? TUint8.class : TFloat32.class;
  }

  private static Shape shape(long n, ElementSpec element) {
    return Shape.of(n).append(Shape.of(element.sizes().stream().mapToLong(i -> i).toArray()));
  }
}

package org.marginsoftmax.data;

import java.util.List;

/**
 * What every sample of a data set is: an image of bytes ({@link ImageShape}), or an array of floats
 * ({@link ArrayShape}). Either is a fixed number of bytes, which is all that batches need to know.
 */
public sealed interface ElementSpec permits ImageShape, ArrayShape {
  /** Sizes of one sample, outermost first: [H, W, channels] of an image. */
  List<Integer> sizes();

  /** Bytes of one number: 1 of a pixel, 4 of a float. */
  int bytesPerNumber();

  /** Numbers of one sample. */
  default int size() {
    return sizes().stream().reduce(1, Math::multiplyExact);
  }

  /** Bytes of one sample. */
  default int bytes() {
    return Math.multiplyExact(size(), bytesPerNumber());
  }
}

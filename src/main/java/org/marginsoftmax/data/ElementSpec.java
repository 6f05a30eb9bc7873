package org.marginsoftmax.data;

import java.util.List;

/**
 * The type and shape of every sample of a data set: an image of bytes ({@link ImageShape}) or an
 * array of floats ({@link ArrayShape}). Either way a sample is a fixed number of bytes, which is
 * all that batches need.
 */
public sealed interface ElementSpec permits ImageShape, ArrayShape {
  /** Sizes of one sample, outermost first; [H, W, channels] for an image. */
  List<Integer> sizes();

  /** Bytes per number: 1 for a pixel, 4 for a float. */
  int bytesPerNumber();

  /** Number of values in one sample. */
  default int size() {
    return sizes().stream().reduce(1, Math::multiplyExact);
  }

  /** Number of bytes in one sample. */
  default int bytes() {
    return Math.multiplyExact(size(), bytesPerNumber());
  }
}

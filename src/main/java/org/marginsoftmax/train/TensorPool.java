package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat64;

/**
 * Where TensorFlow has its tensors on a CPU with oneDNN's kernels. The pool grows by regions, each
 * as large as all before it together, and has a table of 8 bytes for each 256 of a region, which it
 * writes whether they are used or not (BFCAllocator): 256 MB for the 8 GB of regions that tensors
 * of 4.5 GB take.
 */
final class TensorPool {
  /** Bytes of the pool for each byte of its table. */
  static final int BYTES_PER_TABLE_BYTE = 32;

  private static final int SIXTEENTHS = 16;

  private TensorPool() {}

  /**
   * Has the pool take regions for so many bytes of tensors and little more, before there are any.
   * They are addresses, not memory, until a tensor is written there. Without oneDNN there is no
   * pool, and nothing comes of it.
   */
  static void reserve(long bytes) {
    List<TFloat64> regions = new ArrayList<>();
    try {
      long rest = size(bytes);
      while (rest > 0) {
        // From small to large: a region is never smaller than those before it.
        long region = Long.lowestOneBit(rest);
        regions.add(TFloat64.tensorOf(Shape.of(region / Double.BYTES)));
        rest -= region;
      }
    } catch (RuntimeException e) {
      // The system has no such stretch of addresses: the pool grows as it always does.
    } finally {
      regions.forEach(TFloat64::close);
    }
  }

  /** Bytes of the regions for so many bytes of tensors: at most an eighth more. */
  static long size(long bytes) {
    long unit = Math.max(Double.BYTES, Long.highestOneBit(bytes) / SIXTEENTHS);
    return (bytes + unit - 1) / unit * unit;
  }
}

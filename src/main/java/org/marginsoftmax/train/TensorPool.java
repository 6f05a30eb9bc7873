package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.tensorflow.TensorFlow;
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
   * They are addresses, not memory, until a tensor is written there. Where the system does not give
   * so many, nothing is asked of the pool, which would wait, complain, and be left with regions as
   * large as the one it did not get; it grows by itself then.
   *
   * @return whether the system gives so many
   */
  static boolean reserve(long bytes) {
    long rest = size(bytes);
    if (!given(rest)) {
      return false;
    }
    List<TFloat64> regions = new ArrayList<>();
    try {
      while (rest > 0) {
        // From small to large: a region is never smaller than those before it.
        long region = Long.lowestOneBit(rest);
        regions.add(TFloat64.tensorOf(Shape.of(region / Double.BYTES)));
        rest -= region;
      }
    } finally {
      regions.forEach(TFloat64::close);
    }
    return true;
  }

  /** Whether the system gives so many bytes of addresses, which are given back. */
  private static boolean given(long bytes) {
    TensorFlow.version(); // Loads the library that has what Pointer calls.
    if (bytes > Pointer.totalPhysicalBytes()) {
      return false;
    }
    Pointer probe = Pointer.malloc(bytes);
    boolean given = !probe.isNull();
    Pointer.free(probe);
    return given;
  }

  /** Bytes of the regions for so many bytes of tensors: at most a sixteenth more. */
  static long size(long bytes) {
    long unit = Math.max(Double.BYTES, Long.highestOneBit(bytes) / SIXTEENTHS);
    return (bytes + unit - 1) / unit * unit;
  }
}

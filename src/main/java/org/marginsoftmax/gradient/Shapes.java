package org.marginsoftmax.gradient;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;

/** What is known of sizes while a graph is built. */
final class Shapes {
  private Shapes() {}

  static boolean isKnown(Shape shape) {
    return !shape.isUnknown() && !shape.hasUnknownDimension();
  }

  static boolean sameAndKnown(Shape a, Shape b) {
    return isKnown(a) && a.equals(b);
  }

  static int[] sizes(Shape known) {
    return Arrays.stream(known.asArray()).mapToInt(Math::toIntExact).toArray();
  }

  /**
   * Axes of the result along which a tensor is repeated when it is broadcast against another; null
   * where that depends on sizes not known yet.
   */
  static int[] repeated(Shape of, Shape against) {
    if (of.isUnknown() || against.isUnknown()) {
      return null;
    }
    int rank = Math.max(of.numDimensions(), against.numDimensions());
    for (int axis = 0; axis < rank; axis++) {
      long own = size(of, axis, rank);
      long other = size(against, axis, rank);
      if (own == Shape.UNKNOWN_SIZE && other != 1) {
        return null;
      }
    }
    return IntStream.range(0, rank)
        .filter(
            axis ->
                size(of, axis, rank) == 1 && size(against, axis, rank) != 1
                    || axis < rank - of.numDimensions())
        .toArray();
  }

  /** All axes but the last two. */
  static Shape batch(Shape shape) {
    return shape.isUnknown() ? shape : shape.take(shape.numDimensions() - 2);
  }

  private static long size(Shape shape, int axis, int rank) {
    int own = axis - (rank - shape.numDimensions());
    return own < 0 ? 1 : shape.get(own);
  }
}

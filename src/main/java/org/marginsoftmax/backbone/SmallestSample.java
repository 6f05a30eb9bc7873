package org.marginsoftmax.backbone;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** Refuses samples that a backbone's layers would leave nothing of. */
final class SmallestSample {
  private SmallestSample() {}

  /**
   * Checks height and width of images, or the number of frames of arrays.
   *
   * @param smallest of {@link BackboneType#smallest}
   * @param samples float32 [N, H, W, channels] or [N, T, F]
   */
  static void require(String name, List<Integer> smallest, Operand<TFloat32> samples) {
    Shape shape = samples.shape();
    if (smallest.size() == 3
        && (shape.get(1) < smallest.get(0) || shape.get(2) < smallest.get(1))) {
      throw new InvalidInputException(
          "%s: expected images of at least %d x %d, found %d x %d; use larger images"
              .formatted(name, smallest.get(0), smallest.get(1), shape.get(1), shape.get(2)));
    }
    if (smallest.size() == 2 && shape.get(1) < smallest.get(0)) {
      throw new InvalidInputException(
          "%s: expected arrays of at least %d frames, found %d; use longer ones"
              .formatted(name, smallest.get(0), shape.get(1)));
    }
  }
}

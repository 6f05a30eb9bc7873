package org.marginsoftmax.run;

import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.MarginSoftmax;

/** Whether features that are trained on as they are have directions. */
final class FeatureNorms {
  private FeatureNorms() {}

  /**
   * A warning about features whose norm makes them count as zero; empty if there are none.
   *
   * @param samples arrays, each a feature vector
   * @throws InvalidInputException if all are such
   */
  static Optional<String> check(Samples samples) {
    int zero = 0;
    double smallest = Double.POSITIVE_INFINITY;
    double largest = 0;
    byte[] bytes = new byte[samples.element().bytes()];
    for (int i = 0; i < samples.size(); i++) {
      samples.copy(i, bytes, 0);
      double norm = norm(ArrayShape.floats(bytes));
      smallest = Math.min(smallest, norm);
      largest = Math.max(largest, norm);
      zero += MarginSoftmax.hasDirection(norm) ? 0 : 1;
    }
    if (zero == 0) {
      return Optional.empty();
    }
    String found =
        String.format(
            Locale.ROOT,
            "%,d of %,d outside it, which count as zero and learn nothing (all norms in %.3g..%.3g)",
            zero,
            samples.size(),
            smallest,
            largest);
    if (zero == samples.size()) {
      throw new InvalidInputException(
          "features: expected norms in 1e-18..1e18, found %s; scale the features".formatted(found));
    }
    return Optional.of(
        "features: norms in 1e-18..1e18 have a direction, and there are %s; scale or drop these"
            .formatted(found));
  }

  private static double norm(FloatBuffer values) {
    double sum = 0;
    while (values.hasRemaining()) {
      double value = values.get();
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}

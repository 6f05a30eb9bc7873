package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.margin.Margin;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * How features and class centers become logits and a loss.
 *
 * <p>Most heads are {@link AngularHead} with a {@link Margin} or {@link Negatives} of their own.
 * One of another form implements {@link #apply}, forwards and backwards.
 */
public interface Head {

  /**
   * Builds the layer into the graph of {@code tf}, shapes checked. Callers go through {@link
   * MarginSoftmax#apply}.
   *
   * @param features float32 [N, D]
   * @param labels int32 [N], 0..C-1
   * @param centers float32 [C K, D]
   * @param step what the head takes from the run
   */
  HeadOutput apply(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step);

  /**
   * Logits of every class as if it were not the label, for scoring without labels: nothing of the
   * margin, and nothing that is done to hard negatives. The cosines where not said otherwise.
   *
   * @param features float32 [N, D]
   * @param centers float32 [C K, D]
   * @param cosines to the nearest center of each class, float32 [N, C]
   * @param state what the head carries, by name, float32 []
   * @return float32 [N, C]
   */
  default Operand<TFloat32> scoringLogits(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    return cosines;
  }

  /** Centers of each class, at least 1; those of class j are rows j K to j K + K - 1. */
  default int subcenters() {
    return 1;
  }

  /** Whether it needs {@link HeadStep#draws()}. */
  default boolean draws() {
    return false;
  }

  /** Whether there is something that a warm-up of the margin could let grow. */
  boolean warms();

  /** Whether training usually anneals the margin instead of warming it up. */
  default boolean annealed() {
    return false;
  }

  /**
   * The mean loss of features and centers in random directions, where that at right angles says
   * little of it; else empty.
   *
   * @param classes C
   * @param dimension D
   */
  default OptionalDouble lossOfRandomDirections(int classes, int dimension) {
    return OptionalDouble.empty();
  }

  /** {@link Margin#separation()} of its margin, radians; 0 where there is none. */
  default double separation() {
    return 0;
  }

  /** Whether it has a scale of its own that a schedule could let grow. */
  default boolean scales() {
    return false;
  }

  /**
   * s, of logits that are s times functions of cosines of usual scales, 30 to 64, so that it can be
   * told whether s suits the number of classes; empty for any other head.
   */
  default OptionalDouble softmaxScale() {
    return OptionalDouble.empty();
  }

  /**
   * What it carries from step to step, by name, with the value before the first step.
   *
   * @throws InvalidInputException if the head does not suit so few classes
   */
  default Map<String, Double> state(int classes) {
    return Map.of();
  }

  /**
   * Numbers of its own that are trained, by name, with their first value.
   *
   * @param classes C
   */
  default Map<String, Double> parameters(int classes) {
    return Map.of();
  }

  /** A step at full margin and scale, with the state and parameters of a first step, no draws. */
  default HeadStep firstStep(Ops tf, int classes) {
    return new HeadStep(
        tf.constant(1.0),
        tf.constant(1.0),
        null,
        constants(tf, state(classes)),
        constants(tf, parameters(classes)));
  }

  private static Map<String, Operand<TFloat32>> constants(Ops tf, Map<String, Double> values) {
    Map<String, Operand<TFloat32>> constants = new LinkedHashMap<>();
    values.forEach((name, value) -> constants.put(name, tf.constant(value.floatValue())));
    return constants;
  }
}

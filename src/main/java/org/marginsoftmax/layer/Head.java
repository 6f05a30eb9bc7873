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
 * A head: turns features and class centers into logits and a loss.
 *
 * <p>Most heads are an {@link AngularHead} with their own {@link Margin} or {@link Negatives}. A
 * head of another form implements {@link #apply}, both the forward and the backward pass.
 */
public interface Head {

  /**
   * Builds the layer into the graph of {@code tf}. Call it through {@link MarginSoftmax#apply},
   * which checks the shapes first.
   *
   * @param features float32 [N, D]
   * @param labels classes, int32 [N], 0..C-1
   * @param centers of the classes, in blocks
   * @param step margin strength, scale share, draws, state and parameters at this step
   */
  HeadOutput apply(
      Ops tf, Operand<TFloat32> features, Operand<TInt32> labels, Centers centers, HeadStep step);

  /**
   * Logits of every class as if it were not the label, for scoring without labels: without a margin
   * and without special treatment of hard negatives. By default the cosines.
   *
   * @param features float32 [N, D]
   * @param centers float32 [C K, D]
   * @param cosines cosines to the nearest center of each class, float32 [N, C]
   * @param state state of the head, by name, float32 []
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

  /**
   * K, the number of centers per class, at least 1; the centers of class j are rows j K to j K + K
   * - 1.
   */
  default int subcenters() {
    return 1;
  }

  /**
   * Whether the loss of a sample depends on its own features and label alone, so that the loss of a
   * sample that is a mixture of two is the mixture of their losses.
   */
  default boolean mixes() {
    return false;
  }

  /** Whether the head needs {@link HeadStep#draws()}. */
  default boolean draws() {
    return false;
  }

  /** Whether the head has a margin that a warm-up can increase. */
  boolean warms();

  /** Whether the margin is annealed by default instead of warmed up. */
  default boolean annealed() {
    return false;
  }

  /**
   * The expected loss for features and centers in random directions; empty if the loss with all
   * angles at 90 degrees is a good estimate of it.
   *
   * @param classes C, number of classes
   * @param dimension D, size of the features
   */
  default OptionalDouble lossOfRandomDirections(int classes, int dimension) {
    return OptionalDouble.empty();
  }

  /** {@link Margin#separation()} of the head's margin, radians; 0 without a margin. */
  default double separation() {
    return 0;
  }

  /** Whether the head has a scale that a schedule can warm up. */
  default boolean scales() {
    return false;
  }

  /**
   * The scale s, if logits are s times functions of cosines for which scales of 30 to 64 are
   * common, so that s can be checked against the number of classes; empty for any other head.
   */
  default OptionalDouble softmaxScale() {
    return OptionalDouble.empty();
  }

  /**
   * Number of matrices of centers by samples that a step keeps from the way there to the way back,
   * by which memory is estimated before training. By default 2, and 3 with several centers a class.
   */
  default int keptMatrices() {
    return subcenters() > 1 ? 3 : 2;
  }

  /**
   * State that the head carries from step to step: names and initial values.
   *
   * @throws InvalidInputException if the head needs more classes
   */
  default Map<String, Double> state(int classes) {
    return Map.of();
  }

  /**
   * Trainable scalar parameters of the head: names and initial values.
   *
   * @param classes C, number of classes
   */
  default Map<String, Double> parameters(int classes) {
    return Map.of();
  }

  /** A step at full margin and scale, with initial state and parameters and without draws. */
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

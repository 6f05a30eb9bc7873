package org.marginsoftmax.train;

import java.util.function.ToDoubleBiFunction;
import org.marginsoftmax.data.Samples;

/**
 * A figure of validation samples by which the best checkpoint is chosen.
 *
 * @param name such as {@code accuracy}
 * @param higherIsBetter false for a loss or an error
 * @param measure the figure of the network in a training graph on some samples; NaN if it is
 *     undefined
 */
public record ValidationFigure(
    String name, boolean higherIsBetter, ToDoubleBiFunction<TrainingGraph, Samples> measure) {
  /** Share of samples whose own class has the largest cosine, 0..1. */
  public static final ValidationFigure ACCURACY =
      new ValidationFigure("accuracy", true, TrainingGraph::accuracy);

  /** Loss of the head at full margin and scale; see {@link TrainingGraph#loss}. */
  public static final ValidationFigure LOSS =
      new ValidationFigure("loss", false, TrainingGraph::loss);

  /** Whether a value is better than another. A value that is undefined is never better. */
  boolean better(double value, double than) {
    if (Double.isNaN(value) || Double.isNaN(than)) {
      return !Double.isNaN(value);
    }
    return higherIsBetter ? value > than : value < than;
  }
}

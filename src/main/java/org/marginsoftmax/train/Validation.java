package org.marginsoftmax.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.marginsoftmax.data.Samples;

/**
 * What is measured after each epoch to choose the best checkpoint, and when it ends the training.
 *
 * @param samples held out of training; if empty, the latest checkpoint is the best
 * @param figure that chooses the best checkpoint
 * @param patience number of epochs without a better figure after which training stops, at least 1;
 *     null for never
 * @param beside other figures that are measured, though they choose nothing
 */
public record Validation(
    Samples samples, ValidationFigure figure, Integer patience, List<ValidationFigure> beside) {
  public Validation {
    beside = List.copyOf(beside);
  }

  /** Measures accuracy and the figure that chooses. */
  public Validation(Samples samples, ValidationFigure figure, Integer patience) {
    this(samples, figure, patience, List.of());
  }

  /** Chooses the best checkpoint by accuracy and never stops early. */
  public static Validation byAccuracy(Samples samples) {
    return new Validation(samples, ValidationFigure.ACCURACY, null);
  }

  /** The figures that are measured, each once: accuracy, the one that chooses, the others. */
  public List<ValidationFigure> figures() {
    Map<String, ValidationFigure> byName = new LinkedHashMap<>();
    Stream.concat(Stream.of(ValidationFigure.ACCURACY, figure), beside.stream())
        .forEach(each -> byName.putIfAbsent(each.name(), each));
    return List.copyOf(byName.values());
  }

  /** Whether a run in this state has gone on for too long without a better figure. */
  public boolean stops(TrainingState state, TrainingPlan plan) {
    return patience != null
        && state.step() - state.improvedStep() >= patience * plan.stepsPerEpoch();
  }
}

package org.marginsoftmax.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Samples;

/**
 * The training loop.
 *
 * @param graph graph to train, initialised or restored to the state given to {@link #run}
 * @param plan number of steps, batch size and schedules
 * @param checkpoints where checkpoints are written
 * @param listeners listeners to notify of steps and epochs
 */
public record Trainer(
    TrainingGraph graph,
    TrainingPlan plan,
    Checkpoints checkpoints,
    List<TrainingListener> listeners) {

  /**
   * Trains with accuracy as the figure that chooses the best checkpoint; see {@link #run(Epochs,
   * Validation, TrainingState, BooleanSupplier)}.
   *
   * @param train what each epoch is fed with; its batch size is the plan's
   * @param validation validation samples; if empty, the latest checkpoint is the best
   */
  public TrainingState run(
      Epochs train, Samples validation, TrainingState from, BooleanSupplier stop) {
    return run(train, Validation.byAccuracy(validation), from, stop);
  }

  /**
   * Trains until the plan is completed, validation ends the training, or a stop is requested. A
   * checkpoint is written after each epoch and at a stop; resuming from it gives the same result as
   * a run that was never stopped.
   *
   * @param train what each epoch is fed with; its batch size is the plan's
   * @param from state to continue from
   * @param stop whether to stop; called after each step
   * @return the state of the last checkpoint
   * @throws DivergedException if the loss or a variable is NaN or infinite; no checkpoint of that
   *     state is written
   * @throws CheckpointException if a checkpoint cannot be written
   */
  public TrainingState run(
      Epochs train, Validation validation, TrainingState from, BooleanSupplier stop) {
    TrainingState state = from;
    while (state.step() < plan.steps() && !validation.stops(state, plan)) {
      int epoch = plan.epoch(state.step());
      int first = (int) (state.step() % plan.stepsPerEpoch()) * plan.batches();
      if (first == 0 && train.sampler().needsNeighbors()) {
        graph.beginEpoch();
      }
      long begun = epoch * plan.stepsPerEpoch();
      graph.resumeIdle(
          begun, LongStream.range(begun, state.step()).mapToDouble(this::rate).toArray());
      double waited;
      try (Batches batches = batches(train, epoch, first)) {
        do {
          state = step(batches, state);
        } while (!plan.endsEpoch(state.step()) && !stop.getAsBoolean());
        waited = batches.waitedShare();
      }
      if (plan.endsEpoch(state.step())) {
        state = endEpoch(state, epoch, validation, waited);
      }
      refuseNotFinite(state);
      checkpoints.save(graph, state);
      if (stop.getAsBoolean()) {
        return state;
      }
    }
    return state;
  }

  /** What is left of an epoch; where workers read the samples, they begin to. */
  private Batches batches(Epochs train, int epoch, int first) {
    SampleReaders readers = graph.readers();
    if (readers == null) {
      return train.batches(epoch, first, graph::nearestClasses);
    }
    int[] order = train.order(epoch, graph::nearestClasses);
    int batches = (int) plan.stepsPerEpoch() * plan.batches();
    readers.begin(new SampleReaders.Epoch(epoch, first, batches, (long) epoch * batches), order);
    return train.unread(order, first);
  }

  /** Variables that the last step made NaN or infinite must not become a checkpoint. */
  private void refuseNotFinite(TrainingState state) {
    graph
        .firstNotFinite()
        .ifPresent(
            name -> {
              throw new DivergedException(state.step() + 1, Double.NaN, "variable '" + name + "'");
            });
  }

  private double rate(long step) {
    return plan.learningRate().at(step, plan.steps());
  }

  private TrainingState step(Batches batches, TrainingState state) {
    long step = state.step();
    double rate = rate(step);
    double strength = plan.margin().at(step, plan.steps(), plan.stepsPerEpoch());
    double share = plan.scale().at(step, plan.steps(), plan.stepsPerEpoch());
    List<Batch> next = IntStream.range(0, plan.batches()).mapToObj(k -> batches.next()).toList();
    StepResult result = graph.step(next, step, rate, strength, share);
    TrainingListener.Step heard =
        new TrainingListener.Step(step + 1, plan.epoch(step) + 1, result, rate, strength, share);
    listeners.forEach(l -> l.step(heard));
    // A run that ended in mid-epoch may go on, so it is the next epoch that begins anew.
    return (step % plan.stepsPerEpoch() == 0 ? state.beforeEpoch() : state).after(result);
  }

  private TrainingState endEpoch(
      TrainingState state, int epoch, Validation validation, double waited) {
    graph.catchUp(state.step());
    Map<String, Double> figures = figures(validation);
    long steps = state.step() - epoch * plan.stepsPerEpoch();
    TrainingListener.Epoch heard =
        new TrainingListener.Epoch(
            state.step(),
            epoch + 1,
            state.epochLoss() / steps,
            state.epochAccuracy() / steps,
            figures,
            figures.isEmpty() ? null : graph.angles(validation.samples()),
            waited);
    listeners.forEach(l -> l.epoch(heard));
    ValidationFigure chooses = validation.figure();
    return figures.isEmpty()
        ? state.afterEpoch()
        : state.afterEpoch(chooses, figures.get(chooses.name()));
  }

  /** Values of the figures, by name; none without samples. */
  private Map<String, Double> figures(Validation validation) {
    Map<String, Double> figures = new LinkedHashMap<>();
    if (validation.samples().size() > 0) {
      for (ValidationFigure figure : validation.figures()) {
        figures.put(figure.name(), figure.measure().applyAsDouble(graph, validation.samples()));
      }
    }
    return figures;
  }
}

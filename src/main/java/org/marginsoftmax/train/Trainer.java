package org.marginsoftmax.train;

import java.util.List;
import java.util.function.BooleanSupplier;
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
   * Trains until the plan is completed or a stop is requested. A checkpoint is written after each
   * epoch and at a stop; resuming from it gives the same result as a run that was never stopped.
   *
   * @param train what each epoch is fed with; its batch size is the plan's
   * @param validation validation samples; if empty, the latest checkpoint is the best
   * @param from state to continue from
   * @param stop whether to stop; called after each step
   * @return the state of the last checkpoint
   * @throws DivergedException if the loss or a variable is NaN or infinite; no checkpoint of that
   *     state is written
   * @throws CheckpointException if a checkpoint cannot be written
   */
  public TrainingState run(
      Epochs train, Samples validation, TrainingState from, BooleanSupplier stop) {
    TrainingState state = from;
    while (state.step() < plan.steps()) {
      int epoch = plan.epoch(state.step());
      int first = (int) (state.step() % plan.stepsPerEpoch());
      if (first == 0 && train.sampler().needsNeighbors()) {
        graph.beginEpoch();
      }
      double waited;
      try (Batches batches = train.batches(epoch, first, graph::nearestClasses)) {
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

  /** Variables that the last step made NaN or infinite must not become a checkpoint. */
  private void refuseNotFinite(TrainingState state) {
    graph
        .firstNotFinite()
        .ifPresent(
            name -> {
              throw new DivergedException(state.step() + 1, Double.NaN, "variable '" + name + "'");
            });
  }

  private TrainingState step(Batches batches, TrainingState state) {
    long step = state.step();
    double rate = plan.learningRate().at(step, plan.steps());
    double strength = plan.margin().at(step, plan.steps(), plan.stepsPerEpoch());
    double share = plan.scale().at(step, plan.steps(), plan.stepsPerEpoch());
    StepResult result = graph.step(batches.next(), step, rate, strength, share);
    TrainingListener.Step heard =
        new TrainingListener.Step(step + 1, plan.epoch(step) + 1, result, rate, strength, share);
    listeners.forEach(l -> l.step(heard));
    return state.after(result);
  }

  private TrainingState endEpoch(
      TrainingState state, int epoch, Samples validation, double waited) {
    Double accuracy = validation.size() == 0 ? null : graph.accuracy(validation);
    long steps = state.step() - epoch * plan.stepsPerEpoch();
    TrainingListener.Epoch heard =
        new TrainingListener.Epoch(
            state.step(),
            epoch + 1,
            state.epochLoss() / steps,
            state.epochAccuracy() / steps,
            accuracy,
            waited);
    listeners.forEach(l -> l.epoch(heard));
    return state.afterEpoch(accuracy);
  }
}

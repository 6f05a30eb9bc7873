package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.train.TrainingMemory;

/** Plans the training of a head over several machines: memory, bytes and time of a step. */
public final class ClusterPlan {
  private ClusterPlan() {}

  /**
   * What is expected, as {@code plan --json} prints it.
   *
   * @param head its name
   * @param classes C
   * @param dim D, size of the features
   * @param batch N, samples of a batch
   * @param subcenters K, centers per class
   * @param machines number of machines
   * @param memoryGb memory that each has, in GB of 10^9 bytes
   * @param bandwidthGbit of the network, in gigabit a second
   * @param optimizer its name
   * @param slots that it keeps for each weight
   * @param precision of the head's products; the time is that of float32
   * @param compress whether features and their gradients are sent as bfloat16
   * @param frozenFeatures whether nothing is trained below the head, whose gradient is then not
   *     sent
   * @param stepCost what a step costs on a machine, in milliseconds
   * @param steps one for each share of the classes
   */
  public record Result(
      String head,
      int classes,
      int dim,
      int batch,
      int subcenters,
      int machines,
      double memoryGb,
      double bandwidthGbit,
      String optimizer,
      int slots,
      String precision,
      boolean compress,
      boolean frozenFeatures,
      StepCost stepCost,
      List<PlannedStep> steps) {}

  /** Computes what is expected; nothing is trained. */
  public static Result of(PlanConfig config) {
    TrainingMemory.Plan training = config.training();
    List<PlannedStep> steps =
        config.partialFc().stream()
            .map(
                rate ->
                    PlannedStep.of(
                        config,
                        new Division(
                            training.withPartialFc(rate), config.machines(), config.shards())))
            .toList();
    return new Result(
        config.head().name(),
        config.classes(),
        config.dimension(),
        config.batch(),
        training.head().subcenters(),
        config.machines(),
        config.memory(),
        config.bandwidth(),
        config.optimizer().name(),
        training.slots(),
        config.precision(),
        config.compress(),
        config.frozenFeatures(),
        config.cost(),
        steps);
  }
}

package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.LearningRate;
import org.marginsoftmax.train.Optimizer;

/**
 * An optimizer by name, with its learning rate.
 *
 * @param name sgd, adam or adamw
 * @param learningRate at its highest
 * @param schedule constant, cosine, polynomial or step
 * @param learningRateWarmup share of the run over which the rate rises from 0; 0 up to, but not
 *     including, 1
 * @param power of the polynomial schedule
 * @param stepEvery share of the run between two drops of the step schedule
 * @param stepFactor factor that each drop multiplies the rate by
 * @param momentum of sgd
 * @param nesterov whether sgd uses Nesterov momentum
 * @param weightDecay of sgd and adamw, 0..1, on kernels and class centers; null for none with sgd
 *     and 0.01 with adamw
 * @param clipNorm largest global norm of the gradients, up to 1e6; 0 for no clipping
 */
public record OptimizerConfig(
    String name,
    double learningRate,
    String schedule,
    double learningRateWarmup,
    double power,
    double stepEvery,
    double stepFactor,
    double momentum,
    boolean nesterov,
    Double weightDecay,
    double clipNorm) {
  /** Names of the optimizers. */
  public static final List<String> NAMES = List.of("sgd", "adam", "adamw");

  /** Names of the learning-rate schedules. */
  public static final List<String> SCHEDULES = List.of("constant", "cosine", "polynomial", "step");

  /**
   * Checks the options of every optimizer and schedule, whichever are chosen.
   *
   * @throws InvalidInputException if a name is unknown or a value is out of range
   */
  public OptimizerConfig {
    AllowedValues.of("optimizer", name, NAMES);
    AllowedValues.of("learning-rate schedule", schedule, SCHEDULES);
    AllowedValues.require(
        clipNorm >= 0 && clipNorm <= 1e6,
        "clip norm",
        "0..1e6",
        clipNorm,
        "5 is usual, 0 clips nothing");
    new LearningRate(learningRate, new LearningRate.Polynomial(power), learningRateWarmup);
    new LearningRate.Step(stepEvery, stepFactor);
    new Optimizer.Sgd(momentum, false, weightDecay == null ? 0 : weightDecay);
  }

  /** Adam with a constant learning rate of 1e-3. */
  public static OptimizerConfig adam() {
    return new OptimizerConfig("adam", 1e-3, "constant", 0, 2, 1.0 / 3, 0.1, 0.9, false, null, 0);
  }

  /**
   * Creates the optimizer.
   *
   * @throws InvalidInputException if adam is given weight decay, or Nesterov no momentum
   */
  public Optimizer optimizer() {
    Optimizer.Adam adam = new Optimizer.Adam(0.9, 0.999, 1e-7);
    return switch (name) {
      case "sgd" -> new Optimizer.Sgd(momentum, nesterov, weightDecay == null ? 0 : weightDecay);
      case "adamw" -> new Optimizer.AdamW(adam, weightDecay == null ? 0.01 : weightDecay);
      default -> {
        if (weightDecay != null && weightDecay != 0) {
          throw new InvalidInputException(
              "weight decay: expected none with adam, found "
                  + weightDecay
                  + "; take `optimizer` adamw");
        }
        yield adam;
      }
    };
  }

  /** Creates the learning-rate schedule. */
  public LearningRate rate() {
    LearningRate.Decay decay =
        switch (schedule) {
          case "cosine" -> new LearningRate.Cosine();
          case "polynomial" -> new LearningRate.Polynomial(power);
          case "step" -> new LearningRate.Step(stepEvery, stepFactor);
          default -> new LearningRate.Constant();
        };
    return new LearningRate(learningRate, decay, learningRateWarmup);
  }

  /** Number of values that the optimizer keeps for each value of a variable. */
  int slots() {
    return name.equals("sgd") ? momentum > 0 ? 1 : 0 : 2;
  }
}

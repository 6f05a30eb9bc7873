package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.LearningRate;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.Update;

/**
 * An optimizer by name, with its learning rate.
 *
 * @param name sgd, adam or adamw
 * @param learningRate at its highest
 * @param schedule constant, cosine, cosine-restarts, polynomial or step
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
 * @param period length of the first period of cosine-restarts, as a share of the run after the
 *     warm-up; null for 1/7, which with the usual multiplier makes three periods
 * @param periodFactor factor from one period to the next, 1..100; null for 2
 * @param ema decay of the moving average of the weights that validation, evaluation and export use,
 *     above 0, below 1; null to use the weights themselves
 * @param centersLearningRate learning rate of the class centers at its highest, up to 1e6 times the
 *     other; null for the same
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
    double clipNorm,
    Double period,
    Double periodFactor,
    Double ema,
    Double centersLearningRate) {
  /** Names of the optimizers. */
  public static final List<String> NAMES = List.of("sgd", "adam", "adamw");

  /** Names of the learning-rate schedules. */
  public static final List<String> SCHEDULES =
      List.of("constant", "cosine", "cosine-restarts", "polynomial", "step");

  private static final String RESTARTS = "cosine-restarts";
  private static final double USUAL_PERIOD = 1.0 / 7;
  private static final double USUAL_FACTOR = 2;
  private static final double MOST_SHARE = 1e6;

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
    restarts(period, periodFactor);
    AllowedValues.require(
        centersLearningRate == null
            || centersLearningRate > 0 && centersLearningRate <= MOST_SHARE * learningRate,
        "centres' learning rate",
        "above 0, up to a million times `lr`",
        centersLearningRate,
        "take 10 times `lr` for a million classes");
    new Update(
        new Optimizer.Sgd(momentum, false, weightDecay == null ? 0 : weightDecay),
        clipNorm,
        1,
        ema);
  }

  private static LearningRate.Restarts restarts(Double period, Double factor) {
    return new LearningRate.Restarts(
        period == null ? USUAL_PERIOD : period, factor == null ? USUAL_FACTOR : factor);
  }

  /** Adam with a constant learning rate of 1e-3. */
  public static OptimizerConfig adam() {
    return new OptimizerConfig(
        "adam", 1e-3, "constant", 0, 2, 1.0 / 3, 0.1, 0.9, false, null, 0, null, null, null, null);
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

  /** How a step updates the variables, from a number of batches per step. */
  Update update(int batches) {
    return new Update(
        optimizer(),
        clipNorm,
        batches,
        ema,
        centersLearningRate == null ? 1 : centersLearningRate / learningRate);
  }

  /**
   * Creates the learning-rate schedule.
   *
   * @throws InvalidInputException if periods are given for a schedule that has none
   */
  public LearningRate rate() {
    AllowedValues.require(
        period == null && periodFactor == null || schedule.equals(RESTARTS),
        "learning-rate schedule",
        RESTARTS + " with a period",
        schedule,
        "take `lr-schedule` " + RESTARTS);
    LearningRate.Decay decay =
        switch (schedule) {
          case "cosine" -> new LearningRate.Cosine();
          case RESTARTS -> restarts(period, periodFactor);
          case "polynomial" -> new LearningRate.Polynomial(power);
          case "step" -> new LearningRate.Step(stepEvery, stepFactor);
          default -> new LearningRate.Constant();
        };
    return new LearningRate(learningRate, decay, learningRateWarmup);
  }
}

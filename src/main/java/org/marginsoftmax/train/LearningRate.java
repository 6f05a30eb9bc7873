package org.marginsoftmax.train;

import org.marginsoftmax.InvalidInputException;

/**
 * The learning rate as a function of the step.
 *
 * @param base the rate at its highest, above 0, up to 100
 * @param decay how it falls afterwards
 * @param warmup share of the run, 0 up to below 1, over which it rises linearly from 0 to base
 */
public record LearningRate(double base, Decay decay, double warmup) {
  /**
   * @throws InvalidInputException if a value is out of range
   */
  public LearningRate {
    require(base > 0 && base <= 100, "learning rate", "above 0, up to 100", base);
    require(warmup >= 0 && warmup < 1, "learning-rate warm-up", "a share, 0 up to below 1", warmup);
  }

  /** What is left of the base rate when a share of the run, 0..1, after the warm-up is done. */
  public sealed interface Decay {
    /** Between 0 and 1, for a share done of 0..1. */
    double factor(double done);
  }

  /** Always the base rate. */
  public record Constant() implements Decay {
    @Override
    public double factor(double done) {
      return 1;
    }
  }

  /** Half a cosine, down to 0 (Loshchilov and Hutter 2017, eq. 5, without restarts). */
  public record Cosine() implements Decay {
    @Override
    public double factor(double done) {
      return 0.5 * (1 + Math.cos(Math.PI * done));
    }
  }

  /**
   * (1 - done)^power.
   *
   * @param power above 0; 1 is linear, insightface takes 2
   */
  public record Polynomial(double power) implements Decay {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Polynomial {
      require(
          power > 0 && power <= 10, "power of the polynomial decay", "above 0, up to 10", power);
    }

    @Override
    public double factor(double done) {
      return Math.pow(1 - done, power);
    }
  }

  /**
   * Falls at once after each given share of the run.
   *
   * @param every share of the run between two falls, above 0, up to 1
   * @param factor what a fall leaves, above 0, below 1
   */
  public record Step(double every, double factor) implements Decay {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Step {
      require(every > 0 && every <= 1, "share between two falls", "above 0, up to 1", every);
      require(factor > 0 && factor < 1, "factor of a fall", "above 0, below 1", factor);
    }

    @Override
    public double factor(double done) {
      return Math.pow(factor, Math.floor(done / every + 1e-9));
    }
  }

  /**
   * The rate of one step.
   *
   * @param step steps taken before, 0..total - 1
   * @param total steps of the whole run
   */
  public double at(long step, long total) {
    double rise = warmup * total;
    if (step < rise) {
      return base * (step + 1) / Math.max(1, Math.ceil(rise));
    }
    return base * decay.factor(Math.min(1, (step - rise) / Math.max(1, total - rise)));
  }

  private static void require(boolean holds, String what, String range, double found) {
    if (!holds) {
      throw new InvalidInputException(
          what + ": expected " + range + ", found " + found + "; choose one in that range");
    }
  }
}

package org.marginsoftmax.train;

import org.marginsoftmax.InvalidInputException;

/**
 * The learning rate as a function of the step.
 *
 * @param base the highest rate, above 0, up to 100
 * @param decay how the rate falls after the warm-up
 * @param warmup share of the run over which the rate rises linearly up to base, 0 up to below 1
 */
public record LearningRate(double base, Decay decay, double warmup) {
  /**
   * @throws InvalidInputException if a value is out of range
   */
  public LearningRate {
    require(base > 0 && base <= 100, "learning rate", "above 0, up to 100", base);
    require(warmup >= 0 && warmup < 1, "learning-rate warm-up", "a share, 0 up to below 1", warmup);
  }

  /** How the learning rate falls over the part of the run after the warm-up. */
  public sealed interface Decay {
    /**
     * The factor on the base rate, 0..1.
     *
     * @param done share of the part after the warm-up that is done, 0..1
     */
    double factor(double done);
  }

  /** A constant rate. */
  public record Constant() implements Decay {
    @Override
    public double factor(double done) {
      return 1;
    }
  }

  /** Cosine decay to 0 (Loshchilov and Hutter 2017, eq. 5, without restarts). */
  public record Cosine() implements Decay {
    @Override
    public double factor(double done) {
      return 0.5 * (1 + Math.cos(Math.PI * done));
    }
  }

  /**
   * Cosine decay with warm restarts (SGDR, Loshchilov and Hutter 2017, eq. 5): in each period the
   * rate falls from the base rate to 0 along a cosine, then starts over. A period that the end of
   * the run cuts off stays incomplete.
   *
   * @param period length of the first period, T_0, as a share of the run after the warm-up, above
   *     0, up to 1
   * @param multiplier factor from the length of a period to that of the next, T_mult, 1..100
   */
  public record Restarts(double period, double multiplier) implements Decay {
    /** Below it, a difference of shares is rounding. */
    private static final double ROUNDING = 1e-9;

    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Restarts {
      require(period >= 1e-6 && period <= 1, "first period of the restarts", "1e-6..1", period);
      require(
          multiplier >= 1 && multiplier <= 100, "multiplier of the restarts", "1..100", multiplier);
    }

    @Override
    public double factor(double done) {
      double start = 0;
      double length = period;
      while (done >= start + length - ROUNDING * Math.min(1, length)) {
        start += length;
        length *= multiplier;
      }
      return 0.5 * (1 + Math.cos(Math.PI * Math.max(0, done - start) / length));
    }
  }

  /**
   * Polynomial decay: the factor is (1 - done)^power.
   *
   * @param power exponent, above 0, up to 10; 1 is linear, insightface uses 2
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
   * Step decay: the rate drops at regular intervals.
   *
   * @param every interval between two drops as a share of the run after the warm-up, above 0, up to
   *     1
   * @param factor factor of each drop, above 0, below 1
   */
  public record Step(double every, double factor) implements Decay {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Step {
      require(every > 0 && every <= 1, "share between two drops", "above 0, up to 1", every);
      require(factor > 0 && factor < 1, "factor of each drop", "above 0, below 1", factor);
    }

    @Override
    public double factor(double done) {
      return Math.pow(factor, Math.floor(done / every + 1e-9));
    }
  }

  /**
   * The learning rate of a step.
   *
   * @param step number of steps already taken, 0..total - 1
   * @param total number of steps of the whole run
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

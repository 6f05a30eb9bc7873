package org.marginsoftmax.margin;

import org.marginsoftmax.InvalidInputException;

/**
 * The share of a margin, or of a scale, that acts at a step: 0 for none, 1 for all of it. A warm-up
 * of a margin starts at 0; that of a scale starts at {@link Rise#from}.
 */
public sealed interface Schedule permits Schedule.Constant, Schedule.Rise, Schedule.Annealing {

  /**
   * The share that acts at a step.
   *
   * @param step number of steps already taken, 0..total - 1
   * @param total number of steps of the whole run, at least 1
   * @param perEpoch number of steps of an epoch, at least 1
   */
  double at(long step, long total, long perEpoch);

  /** The full value from the first step. */
  record Constant() implements Schedule {
    @Override
    public double at(long step, long total, long perEpoch) {
      return 1;
    }
  }

  /** The shape of a warm-up. */
  enum Shape {
    /** Linear in the number of steps. */
    LINEAR,
    /** Half a cosine: slow, fast, slow. */
    COSINE,
    /** Equal steps up, the last of them at the end of the warm-up. */
    STEP
  }

  /**
   * A warm-up: rises to 1 over a share of the run.
   *
   * @param shape shape of the rise
   * @param share share of the run over which it rises, 0..1
   * @param stairs number of steps up of {@link Shape#STEP}, 1..1000; ignored by the other shapes
   * @param from value at the start, 0 up to below 1
   * @param byEpoch whether the value changes only between epochs
   */
  record Rise(Shape shape, double share, int stairs, double from, boolean byEpoch)
      implements Schedule {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Rise {
      require(share >= 0 && share <= 1, "a warm-up over a share of the run in 0..1", share);
      require(stairs >= 1 && stairs <= 1000, "1..1000 stairs", stairs);
      require(from >= 0 && from < 1, "a beginning from 0 up to below the full value", from);
    }

    /** A linear warm-up from 0. */
    public Rise(double share) {
      this(Shape.LINEAR, share, 1, 0, false);
    }

    @Override
    public double at(long step, long total, long perEpoch) {
      double length = share * total;
      long counted = byEpoch ? step / perEpoch * perEpoch : step;
      if (counted >= length) {
        return 1;
      }
      double done = counted / length;
      double risen =
          switch (shape) {
            case LINEAR -> done;
            case COSINE -> (1 - Math.cos(Math.PI * done)) / 2;
            case STEP -> Math.floor(done * stairs) / stairs;
          };
      return from + (1 - from) * risen;
    }
  }

  /**
   * The annealing of SphereFace and L-Softmax: 1 / (1 + lambda) with lambda = max(least, base (1 +
   * gamma step)^-power), for t = (lambda cos(theta) + psi) / (1 + lambda) (Liu 2017,
   * arXiv:1704.08063, section 4.1). The margin never acts in full: the share stays at or below 1 /
   * (1 + least).
   *
   * @param base lambda at the first step, above 0
   * @param gamma how fast lambda falls, above 0
   * @param power exponent, above 0
   * @param least smallest lambda, 0..base
   */
  record Annealing(double base, double gamma, double power, double least) implements Schedule {
    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Annealing {
      require(base > 0, "a lambda above 0 to begin with", base);
      require(gamma > 0, "a gamma above 0", gamma);
      require(power > 0, "a power above 0", power);
      require(least >= 0 && least <= base, "a least lambda from 0 to the first", least);
    }

    /**
     * The default, as in the SphereFace authors' training: lambda from 1,000 to 5, gamma 0.12,
     * power 1.
     */
    public static Annealing usual() {
      return new Annealing(1000, 0.12, 1, 5);
    }

    @Override
    public double at(long step, long total, long perEpoch) {
      return 1 / (1 + Math.max(least, base * Math.pow(1 + gamma * step, -power)));
    }
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new InvalidInputException(
          "schedule: expected " + expected + ", found " + found + "; choose one in that range");
    }
  }
}

package org.marginsoftmax.margin;

import org.marginsoftmax.InvalidInputException;

/**
 * How much of a margin, or of a scale, acts at a step: 0 for none, 1 for all of it. A margin begins
 * where it does nothing; a scale at the share that {@link Rise#from} says.
 */
public sealed interface Schedule permits Schedule.Constant, Schedule.Rise, Schedule.Annealing {

  /**
   * The share at a step.
   *
   * @param step steps taken before, 0..total - 1
   * @param total steps of the whole run, at least 1
   * @param perEpoch steps of an epoch, at least 1
   */
  double at(long step, long total, long perEpoch);

  /** All of it from the first step. */
  record Constant() implements Schedule {
    @Override
    public double at(long step, long total, long perEpoch) {
      return 1;
    }
  }

  /** The shape of a rise. */
  enum Shape {
    /** In proportion to the steps. */
    LINEAR,
    /** Half a cosine: slow, fast, slow. */
    COSINE,
    /** In stairs of one height, the last of them at the end of the rise. */
    STEP
  }

  /**
   * Rises to 1 over a share of the run.
   *
   * @param shape how
   * @param share of the run that this takes, 0..1
   * @param stairs of {@link Shape#STEP}, 1..1000; no other shape has any
   * @param from where it begins, 0 up to below 1
   * @param byEpoch whether it keeps still within an epoch
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

    /** In proportion to the steps, from 0. */
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
   * 1 / (1 + lambda) with lambda = max(least, base (1 + gamma step)^-power), as SphereFace and
   * L-Softmax are annealed: t = (lambda cos(theta) + psi) / (1 + lambda) (Liu 2017,
   * arXiv:1704.08063, section 4.1). The margin never acts in full, but for least 0.
   *
   * @param base lambda at the first step, above 0
   * @param gamma how fast it falls, above 0
   * @param power above 0
   * @param least where it stops, at least 0
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

    /** From 1,000 to 5, as in the authors' training of SphereFace: gamma 0.12, power 1. */
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

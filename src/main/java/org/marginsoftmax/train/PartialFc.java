package org.marginsoftmax.train;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.marginsoftmax.InvalidInputException;

/**
 * Which classes a step computes with: those of the batch, and a sample of the others, drawn
 * uniformly without replacement (Partial FC, An 2021, arXiv:2010.05222, section 3.3; An 2022,
 * arXiv:2203.15565). Only the centers of these and their optimizer's state are read and written.
 *
 * @param rate R, share of the classes that a step has, above 0, up to 1; 1 for all
 * @param states what becomes of the optimizer's state of a class that a step does not have
 */
public record PartialFc(double rate, LazyStates states) {
  /** Every step has all classes. */
  public static final PartialFc NONE = new PartialFc(1, LazyStates.KEEP);

  /** What becomes of momentum and weight decay of a class while no step has it. */
  public enum LazyStates {
    /** They wait: the class stays as it was when a step last had it. */
    KEEP,
    /** They act, as with a gradient of zero; it is made up for when a step next has the class. */
    CATCH_UP
  }

  /**
   * @throws InvalidInputException if the rate is out of range
   */
  public PartialFc {
    if (!(rate > 0 && rate <= 1)) {
      throw new InvalidInputException(
          "partial fc: expected a share of the classes above 0, up to 1, found "
              + rate
              + "; 0.1 is usual for many classes, 1 takes all");
    }
  }

  /** Whether steps have a sample of the classes. */
  boolean samples() {
    return rate < 1;
  }

  /** Whether classes that a step does not have are caught up later. */
  boolean catchesUp() {
    return samples() && states == LazyStates.CATCH_UP;
  }

  /**
   * Refuses an optimizer whose idle steps cannot be made up for.
   *
   * @throws InvalidInputException if states are to be caught up with another than stochastic
   *     gradient descent
   */
  public void require(Optimizer optimizer) {
    if (catchesUp() && !(optimizer instanceof Optimizer.Sgd)) {
      throw new InvalidInputException(
          "lazy states: expected `optimizer` sgd with catch-up, found %s, whose steps without a gradient have no closed form; take sgd, or `lazy-states` keep"
              .formatted(optimizer.getClass().getSimpleName().toLowerCase(Locale.ROOT)));
    }
  }

  /**
   * The number of classes that a step has, if those of its batches are no more.
   *
   * @param classes C, number of all classes
   */
  public int size(int classes) {
    return (int) Math.min(classes, Math.max(2, Math.ceil(rate * classes)));
  }

  /**
   * The classes of a step: a function of the seed, the step and the labels.
   *
   * @param step number of steps already taken
   * @param classes C, number of all classes
   * @param labels of the step's batches
   * @return ascending, each once
   */
  int[] sample(long seed, long step, int classes, List<int[]> labels) {
    BitSet taken = new BitSet(classes);
    for (int[] batch : labels) {
      for (int label : batch) {
        taken.set(label);
      }
    }
    int others = classes - taken.cardinality();
    int drawn = Math.max(0, size(classes) - taken.cardinality());
    SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + step);
    if (drawn <= others / 2) {
      draw(random, classes, drawn, taken);
      return taken.stream().toArray();
    }
    // Of most of the classes it is fewer to draw those that are left out.
    BitSet out = (BitSet) taken.clone();
    draw(random, classes, others - drawn, out);
    out.andNot(taken);
    out.flip(0, classes);
    return out.stream().toArray();
  }

  /** Takes so many more, none of which is taken yet. */
  private static void draw(SplittableRandom random, int classes, int count, BitSet taken) {
    for (int drawn = 0; drawn < count; ) {
      int next = random.nextInt(classes);
      if (!taken.get(next)) {
        taken.set(next);
        drawn++;
      }
    }
  }
}

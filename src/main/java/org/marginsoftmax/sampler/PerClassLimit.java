package org.marginsoftmax.sampler;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.marginsoftmax.data.EpochOrder;
import org.marginsoftmax.data.Sampler;

/**
 * Visits at most a given number of samples of each class in an epoch, in random order. The next
 * epoch goes on with the next samples of the class, until all have had their turn.
 */
public final class PerClassLimit implements Sampler {
  private final int[][] members;
  private final int limit;

  /**
   * @param labels classes of the samples, each 0..classes-1
   * @param classes C, number of classes
   * @param limit samples of a class per epoch, at least 1
   */
  public PerClassLimit(int[] labels, int classes, int limit) {
    members = ByClass.members(labels, classes);
    this.limit = limit;
  }

  @Override
  public int perEpoch() {
    return Arrays.stream(members).mapToInt(m -> Math.min(limit, m.length)).sum();
  }

  @Override
  public int[] order(long seed, int epoch, Neighbors neighbors) {
    int[] order = new int[perEpoch()];
    int filled = 0;
    // The turns of a class' samples are the same in every epoch.
    SplittableRandom turns = new SplittableRandom(seed);
    for (int[] of : members) {
      int[] turn = of.clone();
      Cycle.shuffle(turn, turns);
      int taken = Math.min(limit, turn.length);
      for (int i = 0; i < taken; i++) {
        order[filled++] = turn[(int) (((long) epoch * taken + i) % turn.length)];
      }
    }
    Cycle.shuffle(order, EpochOrder.random(seed, epoch));
    return order;
  }
}

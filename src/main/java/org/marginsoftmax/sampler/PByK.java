package org.marginsoftmax.sampler;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.EpochOrder;
import org.marginsoftmax.data.Sampler;

/**
 * Batches of P classes with K samples each (Hermans 2017, arXiv:1703.07737). Every class has its
 * turn before one has its second, and so has every sample within a class; a class with fewer than K
 * samples gives some of them twice. An epoch visits as many samples as one of {@link
 * org.marginsoftmax.data.Shuffled}, in whole batches.
 *
 * <p>With {@code hard}, only half of the classes of a batch are drawn; each brings along the class
 * whose center is nearest to its own (Smirnov 2017, Doppelganger Mining).
 */
public final class PByK implements Sampler {
  private final int[][] members;
  private final int[] classes;
  private final int p;
  private final int k;
  private final boolean hard;
  private final int batches;

  /**
   * @param labels classes of the samples, each 0..classes-1
   * @param classes C, number of classes
   * @param p classes per batch, at least 2; an even number if {@code hard}
   * @param k samples per class, at least 1
   * @param hard whether classes come with their nearest one
   * @throws InvalidInputException if there are fewer than P classes with samples
   */
  public PByK(int[] labels, int classes, int p, int k, boolean hard) {
    members = ByClass.members(labels, classes);
    this.classes = ByClass.present(members);
    if (p > this.classes.length || p < 2 || hard && p % 2 == 1) {
      throw new InvalidInputException(
          "classes per batch: expected %s2..%d, found %d; say `classes-per-batch` and `samples-per-class`"
              .formatted(
                  hard ? "an even number in " : "",
                  this.classes.length - (hard ? this.classes.length % 2 : 0),
                  p));
    }
    this.p = p;
    this.k = k;
    this.hard = hard;
    batches = labels.length / (p * k);
  }

  @Override
  public int perEpoch() {
    return batches * p * k;
  }

  @Override
  public boolean needsNeighbors() {
    return hard;
  }

  @Override
  public int[] order(long seed, int epoch, Neighbors neighbors) {
    SplittableRandom random = EpochOrder.random(seed, epoch);
    int[] chosen = hard ? inPairs(random, neighbors) : drawn(random, p);
    Cycle[] samples = Arrays.stream(members).map(Cycle::new).toArray(Cycle[]::new);
    int[] order = new int[perEpoch()];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(samples[chosen[i]].take(k, random), 0, order, i * k, k);
    }
    return order;
  }

  /** So many classes for each batch. */
  private int[] drawn(SplittableRandom random, int ofBatch) {
    Cycle turn = new Cycle(classes);
    int[] drawn = new int[batches * ofBatch];
    for (int batch = 0; batch < batches; batch++) {
      System.arraycopy(turn.take(ofBatch, random), 0, drawn, batch * ofBatch, ofBatch);
    }
    return drawn;
  }

  /** Half of the classes of each batch are drawn, the others are the nearest to them. */
  private int[] inPairs(SplittableRandom random, Neighbors neighbors) {
    int half = p / 2;
    int[] drawn = drawn(random, half);
    int[][] near = neighbors.of(drawn, Math.min(p - 1 + empty(), members.length - 1));
    int[] chosen = new int[batches * p];
    for (int batch = 0; batch < batches; batch++) {
      int from = batch * p;
      System.arraycopy(drawn, batch * half, chosen, from, half);
      for (int i = 0; i < half; i++) {
        int[] inBatch = Arrays.copyOfRange(chosen, from, from + half + i);
        chosen[from + half + i] =
            Arrays.stream(near[batch * half + i])
                .filter(c -> members[c].length > 0)
                .filter(c -> Arrays.stream(inBatch).noneMatch(other -> other == c))
                .findFirst()
                .orElseThrow();
      }
    }
    return chosen;
  }

  /** Classes without samples have centers, too. */
  private int empty() {
    return members.length - classes.length;
  }
}

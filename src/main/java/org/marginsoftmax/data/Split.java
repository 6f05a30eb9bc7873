package org.marginsoftmax.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/** Splits and subsamples training samples, class by class, with a seed. */
public final class Split {
  /** Keeps the draws of {@link #limit} apart from those of {@link #validation}. */
  private static final long LIMIT_STREAM = 0x6c696d6974L;

  /** Keeps the draws of {@link #test} apart from those of {@link #validation}. */
  private static final long TEST_STREAM = 0x74657374L;

  private Split() {}

  /**
   * A split of training samples.
   *
   * @param train samples left for training
   * @param validation samples held out; may be empty
   */
  public record Parts(Samples train, Samples validation) {}

  /**
   * Holds out a share of each class, rounded, but never the last sample of a class.
   *
   * @param share share to hold out, 0..0.5
   * @throws InvalidInputException if the share is out of range
   */
  public static Parts validation(Samples samples, double share, long seed) {
    if (!(share >= 0 && share <= 0.5)) {
      throw new InvalidInputException(
          "a share in 0..0.5", String.valueOf(share), "validation", "say 0.05, or 0 for none");
    }
    boolean[] held = new boolean[samples.size()];
    for (int[] members : shuffledByClass(samples, seed)) {
      int count = (int) Math.min(Math.round(share * members.length), members.length - 1);
      for (int i = 0; i < count; i++) {
        held[members[i]] = true;
      }
    }
    return new Parts(chosen(samples, held, false), chosen(samples, held, true));
  }

  /**
   * Holds out a share of each class for testing, rounded, but never the last sample of a class.
   *
   * @param share share to hold out, above 0, up to 0.5
   * @return samples left for training, and the held-out samples as {@code validation}
   */
  public static Parts test(Samples samples, double share, long seed) {
    requireTestShare(share);
    return validation(samples, share, seed ^ TEST_STREAM);
  }

  /**
   * Refuses a share of test samples that is out of range.
   *
   * @throws InvalidInputException if it is not above 0 and up to 0.5
   */
  public static void requireTestShare(double share) {
    if (!(share > 0 && share <= 0.5)) {
      throw new InvalidInputException(
          "a share above 0, up to 0.5", String.valueOf(share), "test share", "choose one of these");
    }
  }

  /**
   * Draws n samples, spread over the classes as evenly as their sizes allow.
   *
   * @param n number of samples, at least the number of classes; all samples are returned if there
   *     are at most n
   * @throws InvalidInputException if n is smaller than the number of classes
   */
  public static Samples limit(Samples samples, int n, long seed) {
    if (n < samples.classes()) {
      throw new InvalidInputException(
          "a limit of at least " + samples.classes() + ", one sample a class",
          String.valueOf(n),
          "limit",
          "raise it, or choose fewer classes");
    }
    if (n >= samples.size()) {
      return samples;
    }
    List<int[]> members = shuffledByClass(samples, seed ^ LIMIT_STREAM);
    boolean[] drawn = new boolean[samples.size()];
    // Round by round, one of each class that still has some.
    for (int round = 0, left = n; left > 0; round++) {
      for (int[] of : members) {
        if (round < of.length && left > 0) {
          drawn[of[round]] = true;
          left--;
        }
      }
    }
    return chosen(samples, drawn, true);
  }

  private static List<int[]> shuffledByClass(Samples samples, long seed) {
    int[] labels = samples.labels();
    int[] counts = new int[samples.classes()];
    for (int label : labels) {
      counts[label]++;
    }
    List<int[]> members = new ArrayList<>();
    for (int count : counts) {
      members.add(new int[count]);
    }
    Arrays.fill(counts, 0);
    for (int i : EpochOrder.shuffle(labels.length, seed)) {
      members.get(labels[i])[counts[labels[i]]++] = i;
    }
    return members;
  }

  private static Samples chosen(Samples samples, boolean[] marked, boolean value) {
    int[] indices = new int[marked.length];
    int n = 0;
    for (int i = 0; i < marked.length; i++) {
      if (marked[i] == value) {
        indices[n++] = i;
      }
    }
    return new Subset(samples, Arrays.copyOf(indices, n));
  }
}

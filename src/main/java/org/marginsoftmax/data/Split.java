package org.marginsoftmax.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/** Splits and subsamples training samples, class by class, with a seed. */
public final class Split {
  /** Keeps the draws of {@link #limit} apart from those of {@link #validation}. */
  private static final long LIMIT_STREAM = 0x6c696d6974L;

  /** Keeps the draws of {@link #test} apart from those of {@link #validation}. */
  private static final long TEST_STREAM = 0x74657374L;

  /** Keeps the draws of {@link #weighted} apart from the others. */
  private static final long WEIGHT_STREAM = 0x776569676874L;

  private Split() {}

  /**
   * A split of training samples.
   *
   * @param train samples left for training
   * @param validation samples held out; may be empty
   */
  public record Parts(Samples train, Samples validation) {}

  /**
   * Holds out a share of each class, rounded, but never the last sample of a class. A group ({@link
   * Samples#group}) is held out as a whole or not at all, so the share is met roughly.
   *
   * @param share share to hold out, 0..0.5
   * @throws InvalidInputException if the share is out of range
   */
  public static Parts validation(Samples samples, double share, long seed) {
    requireValidationShare(share);
    boolean[] held = new boolean[samples.size()];
    if (IntStream.range(0, held.length).anyMatch(i -> samples.group(i) >= 0)) {
      holdGroups(samples, share, seed, held);
    } else {
      for (int[] members : shuffledByClass(samples, seed)) {
        int count = wanted(share, members.length);
        for (int i = 0; i < count; i++) {
          held[members[i]] = true;
        }
      }
    }
    return new Parts(chosen(samples, held, false), chosen(samples, held, true));
  }

  /** Number of samples of a class to hold out. */
  private static int wanted(double share, int samples) {
    return (int) Math.min(Math.round(share * samples), samples - 1);
  }

  /**
   * Holds out whole groups, in random order: each one that brings the numbers held out of its
   * classes closer to those wanted and leaves a sample of every class.
   */
  private static void holdGroups(Samples samples, double share, long seed, boolean[] held) {
    int[] labels = samples.labels();
    int[] left = new int[samples.classes()];
    Arrays.stream(labels).forEach(label -> left[label]++);
    int[] missing = Arrays.stream(left).map(n -> wanted(share, n)).toArray();
    int[] taken = new int[left.length];
    for (int[] group : shuffledGroups(samples, seed)) {
      Arrays.stream(group).forEach(i -> taken[labels[i]]++);
      int[] classes = Arrays.stream(group).map(i -> labels[i]).distinct().toArray();
      int closer =
          Arrays.stream(classes)
              .map(k -> Math.abs(missing[k]) - Math.abs(missing[k] - taken[k]))
              .sum();
      if (closer > 0 && Arrays.stream(classes).allMatch(k -> taken[k] < left[k])) {
        Arrays.stream(group).forEach(i -> held[i] = true);
        for (int k : classes) {
          missing[k] -= taken[k];
          left[k] -= taken[k];
        }
      }
      Arrays.stream(classes).forEach(k -> taken[k] = 0);
    }
  }

  private static Collection<int[]> shuffledGroups(Samples samples, long seed) {
    Map<Integer, IntStream.Builder> groups = new LinkedHashMap<>();
    for (int i : EpochOrder.shuffle(samples.size(), seed)) {
      int group = samples.group(i);
      // A sample on its own is a group that no other has the number of.
      groups.computeIfAbsent(group < 0 ? -1 - i : group, g -> IntStream.builder()).add(i);
    }
    return groups.values().stream().map(group -> group.build().toArray()).toList();
  }

  /**
   * Refuses a share of validation samples that is out of range.
   *
   * @throws InvalidInputException if it is not in 0..0.5
   */
  public static void requireValidationShare(double share) {
    if (!(share >= 0 && share <= 0.5)) {
      throw new InvalidInputException(
          "a share in 0..0.5", String.valueOf(share), "validation", "say 0.05, or 0 for none");
    }
  }

  /**
   * Holds out a share of each class for testing, rounded, but never the last sample of a class.
   *
   * @param share share to hold out, 0..0.5
   * @return samples left for training, and the held-out samples as {@code validation}
   */
  public static Parts test(Samples samples, double share, long seed) {
    requireTestShare(share);
    return validation(samples, share, seed ^ TEST_STREAM);
  }

  /**
   * Refuses a share of test samples that is out of range.
   *
   * @throws InvalidInputException if it is not in 0..0.5
   */
  public static void requireTestShare(double share) {
    if (!(share >= 0 && share <= 0.5)) {
      throw new InvalidInputException(
          "a share in 0..0.5",
          String.valueOf(share),
          "test share",
          "say 0.2, or 0 to train on everything");
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

  /**
   * Samples as often as their weights say ({@link Samples#weight}), in their order: one of weight
   * 2.5 is there twice, and with probability 0.5 once more. The samples themselves if all weights
   * are 1.
   */
  public static Samples weighted(Samples samples, long seed) {
    if (IntStream.range(0, samples.size()).allMatch(i -> samples.weight(i) == 1)) {
      return samples;
    }
    SplittableRandom random = new SplittableRandom(seed ^ WEIGHT_STREAM);
    IntStream.Builder indices = IntStream.builder();
    for (int i = 0; i < samples.size(); i++) {
      double weight = samples.weight(i);
      long times = (long) weight + (random.nextDouble() < weight % 1 ? 1 : 0);
      for (long j = 0; j < times; j++) {
        indices.add(i);
      }
    }
    return new Subset(samples, indices.build().toArray());
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
